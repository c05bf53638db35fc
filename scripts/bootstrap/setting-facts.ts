import { GetLifecyclePolicyCommand, GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { ListAttachedRolePoliciesCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { orNull, type AccountClients } from './aws-calls.ts';
import { modelBucketName, type RolePolicies } from './facts.ts';
import type { Import } from './terraform.ts';

/** What of the service is there. */
interface Parents {
  readonly hasStateBucket: boolean;
  readonly hasModelBucket: boolean;
  readonly hasRepository: boolean;
}

/**
 * Settings that the buckets and the image repository have and that Terraform would overwrite and not show: it makes each
 * by a call that replaces. The encryption with AES256 that S3 gives every bucket is left out.
 */
export async function readSettings(
  clients: AccountClients,
  { hasStateBucket, hasModelBucket, hasRepository }: Parents,
): Promise<readonly Import[]> {
  const { s3, ecr, account, service: repositoryName, bucketName } = clients;
  const read = async (to: string, id: string, absent: string, isThere: () => Promise<boolean>) =>
    (await orNull(`Reading the setting ${to}`, [absent], isThere)) === true ? [{ to, id }] : [];
  const ofBucket = async (name: string, Bucket: string): Promise<readonly Import[]> => {
    const owned = { Bucket, ExpectedBucketOwner: account };
    return [
      ...(await read(`aws_s3_bucket_policy.${name}`, Bucket, 'NoSuchBucketPolicy', async () => {
        return (await s3.send(new GetBucketPolicyCommand(owned))).Policy !== undefined;
      })),
      ...(await read(
        `aws_s3_bucket_server_side_encryption_configuration.${name}`,
        Bucket,
        'ServerSideEncryptionConfigurationNotFoundError',
        async () => {
          const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(owned));
          const rules = ServerSideEncryptionConfiguration?.Rules ?? [];
          return rules.some((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm !== 'AES256');
        },
      )),
    ];
  };
  const ofState = async (): Promise<readonly Import[]> => [
    ...(await ofBucket('state', bucketName)),
    ...(await read(
      'aws_s3_bucket_lifecycle_configuration.state',
      bucketName,
      'NoSuchLifecycleConfiguration',
      async () => {
        const owned = { Bucket: bucketName, ExpectedBucketOwner: account };
        return (await s3.send(new GetBucketLifecycleConfigurationCommand(owned))).Rules !== undefined;
      },
    )),
  ];
  const ofRepository = async (): Promise<readonly Import[]> => [
    ...(await read(
      'aws_ecr_repository_policy.service[0]',
      repositoryName,
      'RepositoryPolicyNotFoundException',
      async () => (await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText !== undefined,
    )),
    ...(await read(
      'aws_ecr_lifecycle_policy.service[0]',
      repositoryName,
      'LifecyclePolicyNotFoundException',
      async () => (await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText !== undefined,
    )),
  ];
  return [
    ...(hasStateBucket ? await ofState() : []),
    ...(hasModelBucket ? await ofBucket('models[0]', modelBucketName(clients)) : []),
    ...(hasRepository ? await ofRepository() : []),
  ];
}

/** The policies of a role; none where there is no such role. */
export async function readRolePolicies({ iam }: AccountClients, role: string): Promise<RolePolicies> {
  const found = await orNull(`Reading the policies of ${role}`, ['NoSuchEntityException'], async () => {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }));
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role }));
    return { inline: PolicyNames, attached: AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []) };
  });
  return { role, ...(found ?? { inline: [], attached: [] }) };
}
