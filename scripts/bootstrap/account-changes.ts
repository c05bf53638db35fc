import { RevokeSecurityGroupEgressCommand } from '@aws-sdk/client-ec2';
import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  TagOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { attempt, listVersions, orNull, versionsOf, type AccountClients } from './aws-calls.ts';
import { OIDC_AUDIENCE } from './facts.ts';

/** The changes that Terraform doesn't make; each may be made again. */
export interface AccountChanges {
  makeStateBucket(): Promise<void>;
  putState(text: string): Promise<void>;
  addAudience(providerArn: string): Promise<void>;
  /** Revokes an egress rule of a security group. */
  revokeEgress(group: string, rule: string): Promise<void>;
  /** Deletes a role with its policies. */
  deleteRole(name: string): Promise<void>;
  deletePolicy(arn: string): Promise<void>;
  deleteBucket(bucket: string): Promise<void>;
  deleteRepository(name: string): Promise<void>;
  deleteProvider(arn: string): Promise<void>;
  /** Tags the provider as another service's, which then removes it. */
  retagProvider(arn: string, owner: string): Promise<void>;
}

export function createChanges(clients: AccountClients): AccountChanges {
  const { service, account, region, ec2, iam, ecr, s3, bucketName, key, owned } = clients;

  /** Deletes every version of an object, or of all objects. */
  const emptyBucket = async (Bucket: string): Promise<void> => {
    for (;;) {
      const versions = versionsOf(await listVersions(clients, Bucket));
      if (versions.length === 0) return;
      for (const { Key, VersionId } of versions) {
        await attempt(
          `DeleteObject s3://${Bucket}/${Key ?? ''}`,
          async () => await s3.send(new DeleteObjectCommand({ Bucket, ExpectedBucketOwner: account, Key, VersionId })),
        );
      }
    }
  };

  return {
    makeStateBucket: async () => {
      await attempt(`CreateBucket ${bucketName}`, async () => {
        try {
          await s3.send(
            new CreateBucketCommand({
              Bucket: bucketName,
              // us-east-1 is the one region that may not be named:
              // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
              ...(region === 'us-east-1'
                ? {}
                : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
            }),
          );
        } catch (error) {
          if (describeSdkError(error).name !== 'BucketAlreadyOwnedByYou') throw error;
        }
      });
      await attempt(
        `PutBucketTagging of ${bucketName}`,
        async () => await s3.send(new PutBucketTaggingCommand({ ...owned, Tagging: { TagSet: ownerTags(service) } })),
      );
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await attempt(
        `PutBucketVersioning of ${bucketName}`,
        async () => await s3.send(new PutBucketVersioningCommand({ ...owned, VersioningConfiguration })),
      );
    },
    putState: async (text) => {
      await attempt(
        `PutObject s3://${bucketName}/${key}`,
        async () =>
          await s3.send(new PutObjectCommand({ ...owned, Key: key, Body: text, ServerSideEncryption: 'AES256' })),
      );
    },
    addAudience: async (arn) => {
      await attempt(
        `AddClientIDToOpenIDConnectProvider ${arn}`,
        async () =>
          await iam.send(
            new AddClientIDToOpenIDConnectProviderCommand({
              OpenIDConnectProviderArn: arn,
              ClientID: OIDC_AUDIENCE,
            }),
          ),
      );
    },
    revokeEgress: async (GroupId, rule) => {
      await orNull(
        `RevokeSecurityGroupEgress ${rule}`,
        ['InvalidSecurityGroupRuleId.NotFound'],
        async () => await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [rule] })),
      );
    },
    deleteRole: async (RoleName) => {
      await orNull(`DeleteRole ${RoleName}`, ['NoSuchEntityException'], async () => {
        const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
        for (const { PolicyArn } of AttachedPolicies) {
          await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
        }
        const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
        for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
        await iam.send(new DeleteRoleCommand({ RoleName }));
      });
    },
    deletePolicy: async (PolicyArn) => {
      const absent = ['NoSuchEntityException'];
      // The plan role reads for every environment, and it stays when one of them leaves.
      const RoleName = `${service}-plan`;
      await orNull(
        `DetachRolePolicy ${PolicyArn} from ${RoleName}`,
        absent,
        async () => await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
      );
      await orNull(`DeletePolicy ${PolicyArn}`, absent, async () => {
        const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
        for (const { VersionId, IsDefaultVersion } of Versions) {
          if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
        }
        await iam.send(new DeletePolicyCommand({ PolicyArn }));
      });
    },
    deleteBucket: async (Bucket) => {
      await orNull(`DeleteBucket ${Bucket}`, ['NoSuchBucket'], async () => {
        // The state bucket keeps old versions of its states. S3 refuses to delete any other that isn't empty.
        if (Bucket === bucketName) await emptyBucket(Bucket);
        await s3.send(new DeleteBucketCommand({ Bucket, ExpectedBucketOwner: account }));
      });
    },
    deleteRepository: async (repositoryName) => {
      // Without `force`, so that ECR refuses while there is an image.
      await orNull(
        `DeleteRepository ${repositoryName}`,
        ['RepositoryNotFoundException'],
        async () => await ecr.send(new DeleteRepositoryCommand({ repositoryName })),
      );
    },
    deleteProvider: async (arn) => {
      await orNull(
        `DeleteOpenIDConnectProvider ${arn}`,
        ['NoSuchEntityException'],
        async () => await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
      );
    },
    retagProvider: async (OpenIDConnectProviderArn, owner) => {
      const given = { OpenIDConnectProviderArn, Tags: ownerTags(owner) };
      await attempt(
        `TagOpenIDConnectProvider ${OpenIDConnectProviderArn}`,
        async () => await iam.send(new TagOpenIDConnectProviderCommand(given)),
      );
    },
  };
}

function ownerTags(service: string): { Key: string; Value: string }[] {
  return Object.entries({ Service: service, ManagedBy: 'terraform' }).map(([Key, Value]) => ({ Key, Value }));
}
