import * as prettier from 'prettier';
import type { MotoCall } from '@sagemaker-gitops/local-aws/testing';

/** A call as IAM authorizes it, with the resource as patterns for any service and account, with commas between them. */
interface Grant {
  readonly action: string;
  readonly resource: string;
}

// `iam.rolePath` puts the roles under a path, such as /ml/.
const ROLES = ['arn:aws:iam::ACCOUNT:role/SERVICE-*', 'arn:aws:iam::ACCOUNT:role/*/SERVICE-*'].join();
const POLICIES = 'arn:aws:iam::ACCOUNT:policy/SERVICE-*';
const PROVIDER = 'arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com';
const REPOSITORY = 'arn:aws:ecr:*:ACCOUNT:repository/SERVICE';
const BUCKETS = ['arn:aws:s3:::SERVICE-ACCOUNT-state', 'arn:aws:s3:::SERVICE-ACCOUNT-models'].join();
const OBJECTS = 'arn:aws:s3:::SERVICE-ACCOUNT-state/*';

const SIDS: Readonly<Record<string, string>> = {
  [ROLES]: 'Roles',
  [POLICIES]: 'Policies',
  [PROVIDER]: 'TrustInGithub',
  [REPOSITORY]: 'ImageRepository',
  [BUCKETS]: 'Buckets',
  [OBJECTS]: 'States',
  '*': 'NetworkAndLists',
};

// A newer version of the product may change how long a session of an older role may last, and what somebody has changed by
// hand is changed back.
const UPGRADES: readonly Grant[] = [
  ...['UpdateRole', 'PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary', 'UntagRole'].map((name) => ({
    ...{ action: `iam:${name}`, resource: ROLES },
  })),
  { action: 'iam:UntagPolicy', resource: POLICIES },
  { action: 'iam:UntagOpenIDConnectProvider', resource: PROVIDER },
  ...['PutImageTagMutability', 'PutImageScanningConfiguration', 'UntagResource'].map((name) => ({
    ...{ action: `ecr:${name}`, resource: REPOSITORY },
  })),
  // Terraform removes a tag of the settings from the network too.
  { action: 'ec2:DeleteTags', resource: '*' },
];

/**
 * The policy document that allows recorded calls of bootstraps, upgrades of what they made, and no others, as the text of its file.
 *
 * @throws Error for a call whose permission is unknown.
 */
export async function renderAdministratorPolicy(calls: readonly MotoCall[]): Promise<string> {
  const actions = new Map<string, Set<string>>();
  for (const { action, resource } of [...calls.flatMap(grantsOf), ...UPGRADES]) {
    actions.set(resource, (actions.get(resource) ?? new Set()).add(action));
  }
  const Statement = Object.entries(SIDS).flatMap(([resource, Sid]) => {
    const found = actions.get(resource);
    if (found === undefined) return [];
    const [first, ...others] = resource.split(',');
    const Resource = others.length === 0 ? first : [first, ...others];
    return [{ Sid, Effect: 'Allow', Action: [...found].sort(), Resource }];
  });
  const options = await prettier.resolveConfig(import.meta.filename);
  return await prettier.format(JSON.stringify({ Version: '2012-10-17', Statement }), { ...options, parser: 'json' });
}

function grantsOf(call: MotoCall): readonly Grant[] {
  switch (call.service) {
    case 'sts':
      return []; // GetCallerIdentity needs no permission
    case 's3':
      return s3Grants(call);
    case 'iam':
      return iamGrants(new URLSearchParams(call.body));
    case 'ecr': {
      const operation = call.headers['x-amz-target']?.split('.')[1] ?? '';
      const isTagged = operation === 'CreateRepository' && call.body.includes('"tags"');
      return [operation, ...(isTagged ? ['TagResource'] : [])].map((name) => ({
        action: `ecr:${name}`,
        resource: REPOSITORY,
      }));
    }
    case 'ec2': {
      // The ids of a network are not known beforehand.
      const form = new URLSearchParams(call.body);
      const isTagged = [...form.keys()].some((key) => key.startsWith('TagSpecification'));
      return [form.get('Action') ?? '', ...(isTagged ? ['CreateTags'] : [])].map((name) => ({
        action: `ec2:${name}`,
        resource: '*',
      }));
    }
    default:
      throw new Error(`the permission for ${call.service} ${call.method} ${call.url} is unknown`);
  }
}

function iamGrants(form: URLSearchParams): readonly Grant[] {
  const operation = form.get('Action') ?? '';
  const isTagged = form.has('Tags.member.1.Key') && operation.startsWith('Create');
  const of = (resource: string, tag: string): readonly Grant[] =>
    [operation, ...(isTagged ? [tag] : [])].map((name) => ({ action: `iam:${name}`, resource }));
  // A list takes no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
  if (operation === 'ListRoles') return of('*', '');
  if (form.has('RoleName')) return of(ROLES, 'TagRole');
  if (form.has('PolicyArn') || operation === 'CreatePolicy') return of(POLICIES, 'TagPolicy');
  if (/OpenIDConnectProvider$/.test(operation)) return of(PROVIDER, 'TagOpenIDConnectProvider');
  throw new Error(`the resource of iam:${operation} is unknown`);
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
const BUCKET_ACTIONS: Readonly<Record<string, string>> = {
  'GET accelerate': 'GetAccelerateConfiguration',
  'GET acl': 'GetBucketAcl',
  'GET cors': 'GetBucketCORS',
  'GET encryption': 'GetEncryptionConfiguration',
  'GET lifecycle': 'GetLifecycleConfiguration',
  'GET logging': 'GetBucketLogging',
  'GET object-lock': 'GetBucketObjectLockConfiguration',
  'GET policy': 'GetBucketPolicy',
  'GET publicAccessBlock': 'GetBucketPublicAccessBlock',
  'GET replication': 'GetReplicationConfiguration',
  'GET requestPayment': 'GetBucketRequestPayment',
  'GET tagging': 'GetBucketTagging',
  'GET versioning': 'GetBucketVersioning',
  'GET versions': 'ListBucketVersions',
  'GET website': 'GetBucketWebsite',
  'PUT encryption': 'PutEncryptionConfiguration',
  'PUT lifecycle': 'PutLifecycleConfiguration',
  'PUT policy': 'PutBucketPolicy',
  'PUT publicAccessBlock': 'PutBucketPublicAccessBlock',
  'PUT tagging': 'PutBucketTagging',
  'PUT versioning': 'PutBucketVersioning',
  'PUT ': 'CreateBucket',
  'HEAD ': 'ListBucket',
  'GET ': 'ListBucket',
  'DELETE ': 'DeleteBucket',
};
const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  'GET ': 'GetObject',
  'GET version': 'GetObjectVersion',
  'HEAD ': 'GetObject',
  'PUT ': 'PutObject',
  'DELETE ': 'DeleteObject',
  'DELETE version': 'DeleteObjectVersion',
};

function s3Grants({ method, url }: MotoCall): readonly Grant[] {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const isObject = /^\/[^/]+\/./.test(pathname);
  const names = [...searchParams.keys()];
  const sub = isObject
    ? names.includes('versionId')
      ? 'version'
      : ''
    : (names.find((name) => BUCKET_ACTIONS[`${method} ${name}`] !== undefined) ?? '');
  const action = (isObject ? OBJECT_ACTIONS : BUCKET_ACTIONS)[`${method} ${sub}`];
  if (action === undefined) throw new Error(`the permission for S3's ${method} ${url} is unknown`);
  return [{ action: `s3:${action}`, resource: isObject ? OBJECTS : BUCKETS }];
}
