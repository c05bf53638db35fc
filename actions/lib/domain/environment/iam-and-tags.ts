import { z } from 'zod';
import { ownFile } from './names.ts';

/** Tags that the product sets: by them it knows what is its own. */
const RESERVED_TAGS = ['Service', 'Environment', 'ManagedBy', 'Release', 'Commit'];

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html; 50 tags a resource, some of them the product's.
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Schema of `tags` in `environment.json`. */
export const tags = z
  .record(
    z
      .string()
      .regex(
        /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
        'a tag key of 1 to 128 letters, digits, spaces and _ . : / = + - @',
      )
      .refine(
        (key) => !RESERVED_TAGS.includes(key) && !/^aws:/i.test(key),
        `a tag key other than ${RESERVED_TAGS.join(', ')}, which the product sets, and not starting with aws:`,
      ),
    z.string().max(256, 'at most 256 characters').regex(TAG_TEXT, 'letters, digits, spaces and _ . : / = + - @'),
  )
  .refine((entries) => Object.keys(entries).length <= 40, 'at most 40 tags')
  .exactOptional()
  .describe('Tags of everything that Terraform makes for the environment, beside those of the product');

const arnOfIam = (kind: 'role' | 'policy') =>
  z
    .string()
    .regex(new RegExp(`^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):${kind}/[!-~]+$`), `the ARN of an IAM ${kind}`)
    .exactOptional();

/** Schema of `iam` in `environment.json`. */
export const iam = z
  .strictObject({
    rolePath: z
      .string()
      .regex(/^\/(?:[!-~]{1,510}\/)?$/, 'a path that starts and ends with /, such as /ml/')
      .exactOptional()
      .describe('Path of every role of the service in the account; `/` where it is left out'),
    permissionsBoundaryArn: arnOfIam('policy').describe(
      'Policy that bounds every role of the service in the account, the execution role included',
    ),
    executionRoleArn: arnOfIam('role').describe('An existing role that new releases run with'),
    roles: z
      .strictObject({
        plan: arnOfIam('role').describe('Reads; for pull requests, promotions and the drift check'),
        build: arnOfIam('role').describe('Pushes images; of the first environment of the service'),
        apply: arnOfIam('role').describe('Applies Terraform to the environment'),
        deploy: arnOfIam('role').describe('Swaps and rolls back the environment'),
        replay: arnOfIam('role').describe('Reads captured requests of the environment'),
      })
      .exactOptional()
      .describe('Roles of your own for the workflows, where they are not those that the bootstrap makes'),
    executionPolicyFile: ownFile
      .exactOptional()
      .describe('IAM policy document with further statements for the execution role, within its boundary'),
  })
  .exactOptional()
  .describe('What an organisation asks of IAM roles');
