import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
const action = z.string().regex(/^(?:\*|[a-z0-9-]+:[\w*?]+)$/i);
const resource = z.string().regex(/^(?:\*|arn:(?:[^:]*:){4}.+)$/s);
const oneOrMore = (one: z.ZodString, words: string) => z.union([one, z.array(one).min(1)], words);

const statement = z.strictObject({
  Sid: z
    .string()
    .regex(/^[A-Za-z0-9]*$/, 'letters and digits')
    .optional(),
  Effect: z.literal(['Allow', 'Deny']),
  Action: oneOrMore(action, 'an action such as s3:GetObject, or a list of them'),
  Resource: oneOrMore(resource, 'an ARN or *, or a list of them'),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const policyFileSchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(statement).min(1, 'at least one statement'),
});

/**
 * The further statements of an execution role.
 *
 * @throws UserError when the file is no policy of statements with actions and resources; a principal has no place in it.
 */
export function parsePolicyFile(file: JsonFile): z.output<typeof policyFileSchema> {
  return parseJsonFile(file, policyFileSchema, 'Write an IAM policy document with "Version" and "Statement".');
}
