import { valueOf, listOf, textOf, type AwsCall } from './reality-call.ts';

/** What is known of a role. */
export interface KnownRole {
  readonly arn: string;
  /** Inline policies by name. */
  readonly inline: Map<string, string>;
  /** ARNs of attached policies. */
  readonly attached: Set<string>;
  /** The ARN of the permissions boundary. */
  boundary: string | undefined;
}

/** What an account is known to hold, from the calls that were let through. */
export interface KnownAccount {
  readonly roles: Map<string, KnownRole>;
  /** Documents of managed policies by ARN. */
  readonly policies: Map<string, string>;
  /** Keys by id, and whether they wait for their deletion. */
  readonly keys: Map<string, 'enabled' | 'pending deletion'>;
  /** Regions of buckets by name. */
  readonly buckets: Map<string, string>;
  /** Inputs of CreateModel and CreateEndpointConfig by name. */
  readonly models: Map<string, AwsCall>;
  readonly configs: Map<string, AwsCall>;
}

/** An account of which nothing is known yet. */
export function createAccount(): KnownAccount {
  return {
    roles: new Map(),
    policies: new Map(),
    keys: new Map(),
    buckets: new Map(),
    models: new Map(),
    configs: new Map(),
  };
}

/** The id in the ARN of a key. */
export function keyIdOf(arn: string): string {
  return arn.split('/').at(-1) ?? '';
}

/** Takes note of a call that AWS has carried out. */
export function learn(account: KnownAccount, call: AwsCall, answer: string): void {
  const { input } = call;
  const role = account.roles.get(textOf(input, 'RoleName'));
  switch (`${call.service} ${call.operation}`) {
    case 'iam CreateRole':
      account.roles.set(textOf(input, 'RoleName'), {
        arn: /<Arn>([^<]+)<\/Arn>/.exec(answer)?.[1] ?? '',
        ...{ inline: new Map(), attached: new Set(), boundary: textOf(input, 'PermissionsBoundary') || undefined },
      });
      break;
    case 'iam DeleteRole':
      account.roles.delete(textOf(input, 'RoleName'));
      break;
    case 'iam PutRolePermissionsBoundary':
      if (role !== undefined) role.boundary = textOf(input, 'PermissionsBoundary');
      break;
    case 'iam PutRolePolicy':
      role?.inline.set(textOf(input, 'PolicyName'), textOf(input, 'PolicyDocument'));
      break;
    case 'iam DeleteRolePolicy':
      role?.inline.delete(textOf(input, 'PolicyName'));
      break;
    case 'iam AttachRolePolicy':
      role?.attached.add(textOf(input, 'PolicyArn'));
      break;
    case 'iam DetachRolePolicy':
      role?.attached.delete(textOf(input, 'PolicyArn'));
      break;
    case 'iam CreatePolicy':
      account.policies.set(/<Arn>([^<]+)<\/Arn>/.exec(answer)?.[1] ?? '', textOf(input, 'PolicyDocument'));
      break;
    case 'iam CreatePolicyVersion':
      account.policies.set(textOf(input, 'PolicyArn'), textOf(input, 'PolicyDocument'));
      break;
    case 'kms CreateKey':
      account.keys.set(keyIdOf(/"Arn":\s*"([^"]+)"/.exec(answer)?.[1] ?? ''), 'enabled');
      break;
    case 'kms ScheduleKeyDeletion':
      account.keys.set(keyIdOf(textOf(input, 'KeyId')), 'pending deletion');
      break;
    case 's3 PUT':
      account.buckets.set(call.bucket, /<LocationConstraint[^>]*>([^<]+)</.exec(call.body)?.[1] ?? 'us-east-1');
      break;
    case 's3 DELETE':
      account.buckets.delete(call.bucket);
      break;
    case 'sagemaker CreateModel':
      account.models.set(textOf(input, 'ModelName'), call);
      break;
    case 'sagemaker CreateEndpointConfig':
      account.configs.set(textOf(input, 'EndpointConfigName'), call);
      break;
    default:
      break;
  }
}

/** What the execution role of an endpoint config must be allowed, each with where AWS says so. */
export function neededRights(
  account: KnownAccount,
  configName: string,
): readonly { readonly role: string; readonly action: string; readonly resource: string; readonly source: string }[] {
  const config = account.configs.get(configName);
  if (config === undefined) return [];
  return listOf(config.input, 'ProductionVariants').flatMap((variant) => {
    const model = account.models.get(textOf(variant, 'ModelName'));
    if (model === undefined) return [];
    const role = textOf(model.input, 'ExecutionRoleArn');
    const need = (source: string, resource: string, ...actions: readonly string[]) =>
      actions.map((action) => ({ role, action, resource, source }));
    const capture = /^s3:\/\/([^/]+)/.exec(textOf(config.input, 'DataCaptureConfig', 'DestinationS3Uri'))?.[1];
    const captureKey = textOf(config.input, 'DataCaptureConfig', 'KmsKeyId');
    const modelUri = textOf(model.input, 'PrimaryContainer', 'ModelDataSource', 'S3DataSource', 'S3Uri');
    const partition = role.split(':')[1] ?? 'aws';
    const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(modelUri) ?? [];
    return [
      ...(valueOf(model.input, 'VpcConfig') === undefined ? [] : need(SOURCES.network, '*', ...NETWORK_ACTIONS)),
      ...need(SOURCES.role, '*', 'ecr:GetAuthorizationToken'),
      ...need(
        SOURCES.guardrails,
        `arn:${partition}:cloudwatch:${config.region}:${role.split(':')[4] ?? ''}:alarm:${configName}-5xx`,
        'cloudwatch:DescribeAlarms',
      ),
      ...(bucket === undefined
        ? []
        : need(SOURCES.role, `arn:${partition}:s3:::${bucket}/${prefix}model.onnx`, 's3:GetObject')),
      ...(capture === undefined
        ? []
        : need(SOURCES.capture, `arn:${partition}:s3:::${capture}/primary/answer.jsonl`, 's3:PutObject')),
      ...(captureKey === '' ? [] : need(SOURCES.captureKey, captureKey, 'kms:GenerateDataKey', 'kms:Decrypt')),
    ];
  });
}

const SOURCES = {
  network: 'https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html',
  role: 'https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms',
  guardrails: 'https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html',
  capture: 'https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html',
  captureKey: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html',
} as const;

const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:CreateNetworkInterfacePermission',
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteNetworkInterfacePermission',
  'ec2:DescribeDhcpOptions',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
] as const;
