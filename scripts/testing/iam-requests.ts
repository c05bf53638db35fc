import { z } from 'zod';
import { arnIn, globalArnIn, partitionOf, type RecordedCall, type Place } from '@sagemaker-gitops/local-aws';
import type { MotoCall } from '@sagemaker-gitops/local-aws/testing';

/** What IAM is asked before a call is let through. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  /** Condition keys; a key with several values has a list. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Where the calls were made, and the tags that the keys of this place carry. */
export interface IamPlace extends Place {
  readonly keyTags: Readonly<Record<string, string>>;
  readonly boundary: string;
}

const record = z.record(z.string(), z.unknown());

/**
 * What IAM would be asked for a call that the local AWS recorded, with the resources of the account and region that the
 * call was for; after the Service Authorization Reference.
 *
 * @throws Error for a call that nobody has looked up yet: an unknown call must not pass unseen.
 */
export function iamRequestsOfLocalCall(call: RecordedCall): readonly IamRequest[] {
  const input = call.input;
  // An ECR call can name the registry of another account.
  const registryId = call.service === 'ecr' ? input['registryId'] : undefined;
  const place = { ...call.caller.place, ...(typeof registryId === 'string' && { accountId: registryId }) };
  const arn: Arn = (service, rest) => arnIn(place, service, rest);
  const one = (action: string, resource: string, context: IamRequest['context'] = {}): readonly IamRequest[] => [
    { action, resource, context },
  ];
  switch (call.service) {
    case 'sts':
      return []; // GetCallerIdentity needs no permission
    case 'sagemaker':
      return sagemakerRequests(call.operation, input, arn);
    case 'sagemaker-runtime':
      return one(`sagemaker:${call.operation}`, arn('sagemaker', `endpoint/${textOf(input, 'EndpointName')}`));
    case 'ecr':
      return one(
        `ecr:${call.operation}`,
        'repositoryName' in input ? arn('ecr', `repository/${textOf(input, 'repositoryName')}`) : '*',
      );
    case 'cloudwatch':
      return cloudwatchRequests(call.operation, input, arn, place);
    case 's3':
      return [s3RequestOfLocalCall(call.operation, input, `arn:${partitionOf(place.region)}:s3:::`)];
    case 'application-autoscaling':
      return one(
        `application-autoscaling:${call.operation}`,
        /^(Describe|List)/.test(call.operation) ? '*' : arn('application-autoscaling', 'scalable-target/0123456789ab'),
        'ServiceNamespace' in input ? { 'application-autoscaling:service-namespace': 'sagemaker' } : {},
      );
    default:
      throw new Error(`nobody has looked up what ${call.service} ${call.operation} asks of IAM`);
  }
}

type Arn = (service: string, rest: string) => string;
type Input = Readonly<Record<string, unknown>>;

function sagemakerRequests(operation: string, input: Input, arn: Arn): readonly IamRequest[] {
  const resources = [
    ...('ModelName' in input ? [arn('sagemaker', `model/${textOf(input, 'ModelName')}`)] : []),
    ...('EndpointConfigName' in input
      ? [arn('sagemaker', `endpoint-config/${textOf(input, 'EndpointConfigName')}`)]
      : []),
    ...('EndpointName' in input ? [arn('sagemaker', `endpoint/${textOf(input, 'EndpointName')}`)] : []),
    ...('ResourceArn' in input ? [textOf(input, 'ResourceArn')] : []),
  ];
  if (resources.length === 0) throw new Error(`sagemaker ${operation} names no resource`);
  const own = resources.map((resource) => ({ action: `sagemaker:${operation}`, resource, context: {} }));
  const tags =
    'Tags' in input ? resources.slice(-1).map((resource) => ({ ...noContext('sagemaker:AddTags', resource) })) : [];
  const role = 'ExecutionRoleArn' in input ? [passRole(textOf(input, 'ExecutionRoleArn'))] : [];
  return [...own, ...tags, ...role];
}

function passRole(resource: string): IamRequest {
  return { action: 'iam:PassRole', resource, context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } };
}

function noContext(action: string, resource: string): IamRequest {
  return { action, resource, context: {} };
}

function cloudwatchRequests(operation: string, input: Input, arn: Arn, place: Place): readonly IamRequest[] {
  const alarm = (name: string): string => arn('cloudwatch', `alarm:${name}`);
  const action = `cloudwatch:${operation}`;
  if (operation === 'PutMetricData') {
    return [{ action, resource: '*', context: { 'cloudwatch:namespace': textOf(input, 'Namespace') } }];
  }
  if (operation === 'GetMetricData') return [noContext(action, '*')];
  if ('DashboardName' in input) {
    return [noContext(action, globalArnIn(place, 'cloudwatch', `dashboard/${textOf(input, 'DashboardName')}`))];
  }
  if ('ResourceARN' in input) return [noContext(action, textOf(input, 'ResourceARN'))];
  if ('AlarmName' in input) {
    const resource = alarm(textOf(input, 'AlarmName'));
    return [noContext(action, resource), ...('Tags' in input ? [noContext('cloudwatch:TagResource', resource)] : [])];
  }
  return z
    .array(z.string())
    .parse(input['AlarmNames'])
    .map((name) => noContext(action, alarm(name)));
}

/**
 * What IAM would be asked for a call that reached moto.
 *
 * @throws Error for a call that nobody has looked up yet.
 */
export function iamRequestsOfMotoCall(call: MotoCall, place: IamPlace): readonly IamRequest[] {
  const arn: Arn = (service, rest) => arnIn(place, service, rest);
  switch (call.service) {
    case 'sts':
      return [];
    case 's3':
      return [s3Request(call, `arn:${partitionOf(place.region)}:s3:::`)];
    case 'iam': {
      const form = Object.fromEntries(new URLSearchParams(call.body));
      const context: IamRequest['context'] = /^(CreateRole|PutRolePolicy)$/.test(form['Action'] ?? '')
        ? { 'iam:PermissionsBoundary': form['PermissionsBoundary'] ?? place.boundary }
        : {};
      const resource = globalArnIn(place, 'iam', `role/${textOf(form, 'RoleName')}`);
      const tags = 'Tags.member.1.Key' in form ? [noContext('iam:TagRole', resource)] : [];
      return [{ action: `iam:${textOf(form, 'Action')}`, resource, context }, ...tags];
    }
    case 'sns': {
      const form = Object.fromEntries(new URLSearchParams(call.body));
      const resource = form['TopicArn'] ?? form['ResourceArn'] ?? arn('sns', textOf(form, 'Name'));
      const tags = 'Tags.member.1.Key' in form ? [noContext('sns:TagResource', resource)] : [];
      return [noContext(`sns:${textOf(form, 'Action')}`, resource), ...tags];
    }
    case 'events': {
      const input = jsonOf(call);
      const resource =
        'ResourceARN' in input
          ? textOf(input, 'ResourceARN')
          : arn('events', `rule/${textOf(input, 'Rule' in input ? 'Rule' : 'Name')}`);
      const tags = 'Tags' in input ? [noContext('events:TagResource', resource)] : [];
      return [noContext(`events:${operationOf(call)}`, resource), ...tags];
    }
    case 'logs': {
      const input = jsonOf(call);
      const operation = operationOf(call);
      if (operation === 'DescribeLogGroups') return [noContext(`logs:${operation}`, '*')];
      const resource =
        'resourceArn' in input
          ? textOf(input, 'resourceArn')
          : arn('logs', `log-group:${textOf(input, 'logGroupName')}`);
      const tags = 'tags' in input && operation.startsWith('Create') ? [noContext('logs:TagResource', resource)] : [];
      return [noContext(`logs:${operation}`, resource), ...tags];
    }
    case 'kms':
      return kmsRequests(call, place, arn);
    case 'monitoring': {
      // The dashboards, where the local AWS leaves them to moto.
      const form = Object.fromEntries(new URLSearchParams(call.body));
      return cloudwatchRequests(textOf(form, 'Action'), form, arn, place);
    }
    default:
      throw new Error(`nobody has looked up what ${call.service} ${call.method} ${call.url} asks of IAM`);
  }
}

function kmsRequests(call: MotoCall, place: IamPlace, arn: Arn): readonly IamRequest[] {
  const input = jsonOf(call);
  const operation = operationOf(call);
  const tagged = Object.fromEntries(
    Object.entries(place.keyTags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
  if (operation === 'ListAliases') return [noContext('kms:ListAliases', '*')];
  if (operation === 'CreateKey') {
    const tags = z
      .array(z.object({ TagKey: z.string(), TagValue: z.string() }))
      .parse(input['Tags'])
      .map(({ TagKey, TagValue }) => [`aws:RequestTag/${TagKey}`, TagValue] as const);
    const context = Object.fromEntries(tags);
    return [
      { action: 'kms:CreateKey', resource: '*', context },
      { action: 'kms:TagResource', resource: arn('kms', 'key/00000000-0000-0000-0000-000000000000'), context },
    ];
  }
  const id = textOf(input, operation === 'CreateAlias' ? 'TargetKeyId' : 'KeyId');
  const tagKeys = [
    ...z
      .array(z.object({ TagKey: z.string() }))
      .catch([])
      .parse(input['Tags'])
      .map(({ TagKey }) => TagKey),
    ...z.array(z.string()).catch([]).parse(input['TagKeys']),
  ];
  const key = {
    action: `kms:${operation}`,
    resource: id.startsWith('arn:') ? id : arn('kms', `key/${id}`),
    context: { ...tagged, ...(tagKeys.length > 0 && { 'aws:TagKeys': tagKeys }) },
  };
  return operation === 'CreateAlias'
    ? [key, noContext('kms:CreateAlias', arn('kms', textOf(input, 'AliasName')))]
    : [key];
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
const BUCKET_READS: Readonly<Record<string, string>> = {
  accelerate: 'GetAccelerateConfiguration',
  acl: 'GetBucketAcl',
  cors: 'GetBucketCORS',
  encryption: 'GetEncryptionConfiguration',
  lifecycle: 'GetLifecycleConfiguration',
  location: 'GetBucketLocation',
  logging: 'GetBucketLogging',
  'object-lock': 'GetBucketObjectLockConfiguration',
  policy: 'GetBucketPolicy',
  publicAccessBlock: 'GetBucketPublicAccessBlock',
  replication: 'GetReplicationConfiguration',
  requestPayment: 'GetBucketRequestPayment',
  tagging: 'GetBucketTagging',
  versioning: 'GetBucketVersioning',
  website: 'GetBucketWebsite',
};
const BUCKET_WRITES: Readonly<Record<string, string>> = {
  cors: 'PutBucketCORS',
  replication: 'PutReplicationConfiguration',
  website: 'PutBucketWebsite',
  encryption: 'PutEncryptionConfiguration',
  lifecycle: 'PutLifecycleConfiguration',
  policy: 'PutBucketPolicy',
  publicAccessBlock: 'PutBucketPublicAccessBlock',
  tagging: 'PutBucketTagging',
};
// What deletes a sub-resource asks for the permission to put it, except for the policy.
const BUCKET_DELETES: Readonly<Record<string, string>> = { ...BUCKET_WRITES, policy: 'DeleteBucketPolicy' };

/** What names the call of an object in S3's permissions; each other call of the local S3 has the name of its permission. */
const LOCAL_S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListObjectsV2: 'ListBucket',
};

function s3RequestOfLocalCall(operation: string, input: Input, prefix: string): IamRequest {
  const action = `s3:${LOCAL_S3_ACTIONS[operation] ?? operation}`;
  const bucket = `${prefix}${textOf(input, 'Bucket')}`;
  if ('Key' in input)
    return { action, resource: `${bucket}/${textOf(input, 'Key')}`, context: ifNoneMatch(input['IfNoneMatch']) };
  return {
    action,
    resource: bucket,
    context: action === 's3:ListBucket' ? { 's3:prefix': textOf({ Prefix: '', ...input }, 'Prefix') } : {},
  };
}

/** The condition key of a conditional write: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
function ifNoneMatch(header: unknown): IamRequest['context'] {
  return typeof header === 'string' ? { 's3:if-none-match': header } : {};
}

function s3Request({ method, url, headers }: MotoCall, prefix: string): IamRequest {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/');
  const key = rest.join('/');
  if (key !== '') {
    const action = { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method];
    if (action === undefined) throw new Error(`nobody has looked up what S3's ${method} ${url} asks of IAM`);
    return {
      action: `s3:${action}`,
      resource: `${prefix}${bucket}/${key}`,
      context: ifNoneMatch(headers['if-none-match']),
    };
  }
  const resource = `${prefix}${bucket}`;
  const table = method === 'PUT' ? BUCKET_WRITES : method === 'DELETE' ? BUCKET_DELETES : BUCKET_READS;
  const subresource = [...searchParams.keys()].find((name) => Object.hasOwn(table, name));
  if (subresource !== undefined) return noContext(`s3:${table[subresource] ?? ''}`, resource);
  if (method === 'PUT') return noContext('s3:CreateBucket', resource);
  if (method === 'DELETE' && searchParams.size === 0) return noContext('s3:DeleteBucket', resource);
  if (method === 'HEAD' || method === 'GET') {
    return { action: 's3:ListBucket', resource, context: { 's3:prefix': searchParams.get('prefix') ?? '' } };
  }
  throw new Error(`nobody has looked up what S3's ${method} ${url} asks of IAM`);
}

function operationOf({ headers }: MotoCall): string {
  return headers['x-amz-target']?.split('.')[1] ?? '';
}

function jsonOf({ body }: MotoCall): Input {
  return record.parse(JSON.parse(body));
}

function textOf(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new Error(`there is no ${name} in ${JSON.stringify(input)}`);
  return value;
}
