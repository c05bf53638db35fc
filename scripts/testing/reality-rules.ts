import { AwsRefusal } from './reality-refusal.ts';
import { keyIdOf, neededRights, type KnownAccount, type KnownRole } from './reality-account.ts';
import { listOf, textOf, valueOf, type AwsCall } from './reality-call.ts';
import { simulate } from './iam-simulation.ts';

/** What AWS refuses by its own documents and moto lets pass. */
export interface RealityRule {
  readonly name: string;
  /** Where AWS says so. */
  readonly source: string;
  /** SERVICE OPERATION of the calls that it looks at. */
  readonly calls: readonly string[];
  /** The error, or undefined where the call is let through. */
  readonly judge: (call: AwsCall, account: KnownAccount) => AwsRefusal | undefined | Promise<AwsRefusal | undefined>;
}

// https://docs.aws.amazon.com/ec2/latest/instancetypes/: families with an instance store, of those that SageMaker hosts.
const LOCAL_STORAGE = new Set([
  ...['c5d', 'm5d', 'r5d', 'g4dn', 'g5', 'g6', 'g6e', 'g7e', 'p4d', 'p4de', 'p5', 'p5e', 'p5en', 'p6-b200', 'p6-b300'],
  ...['p6e-gb200', 'dl1', 'trn1', 'trn1n', 'trn2', 'c6gd', 'm6gd', 'r6gd', 'r7gd'],
]);

const validation = (message: string): AwsRefusal => new AwsRefusal('ValidationException', message);
const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

export const REALITY: readonly RealityRule[] = [
  {
    name: 'an image of another region',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html',
    calls: ['sagemaker CreateModel'],
    judge: ({ input, region }) => {
      const image = textOf(input, 'PrimaryContainer', 'Image');
      const found = /^\d{12}\.dkr\.ecr(?:-fips)?\.([^.]+)\./.exec(image)?.[1];
      return found === undefined || found === region
        ? undefined
        : validation(`The repository of your image ${image} is in another region than ${region}.`);
    },
  },
  {
    name: 'a model of another region',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html',
    calls: ['sagemaker CreateModel'],
    judge: ({ input, region }, { buckets }) => {
      const uri = textOf(input, 'PrimaryContainer', 'ModelDataSource', 'S3DataSource', 'S3Uri');
      const found = buckets.get(/^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? '');
      return found === undefined || found === region
        ? undefined
        : validation(`The bucket of ${uri} is in ${found}, and the model in ${region}.`);
    },
  },
  {
    name: 'a key for an instance with local storage',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html',
    calls: ['sagemaker CreateEndpointConfig'],
    judge: ({ input }) => {
      if (textOf(input, 'KmsKeyId') === '') return undefined;
      const types = listOf(input, 'ProductionVariants').map((variant) => textOf(variant, 'InstanceType'));
      const local = types.find((type) => LOCAL_STORAGE.has(type.split('.')[1] ?? ''));
      return local === undefined ? undefined : validation(`KmsKeyId is not supported for instance type ${local}.`);
    },
  },
  {
    name: 'a key of another region',
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#kms_keys',
    calls: ['sagemaker CreateEndpointConfig', 'logs CreateLogGroup', 'logs AssociateKmsKey', 'sns CreateTopic'],
    judge: ({ input, region }) => {
      const other = arnsOf(input).find((arn) => arn.includes(':kms:') && regionOf(arn) !== region);
      return other === undefined ? undefined : validation(`Invalid KMS key ${other} in ${region}.`);
    },
  },
  {
    name: 'a key that waits for its deletion',
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
    calls: [
      ...['sagemaker CreateEndpointConfig', 'sagemaker CreateEndpoint', 'sagemaker UpdateEndpoint', 'kms CreateAlias'],
      ...['logs CreateLogGroup', 'logs AssociateKmsKey', 'kms EnableKeyRotation', 'kms CreateGrant'],
    ],
    judge: (call, account) => {
      const config = account.configs.get(textOf(call.input, 'EndpointConfigName'))?.input;
      const ids = [
        ...arnsOf(call.input),
        ...arnsOf(config),
        textOf(call.input, 'TargetKeyId'),
        textOf(call.input, 'KeyId'),
      ];
      const pending = ids.map(keyIdOf).find((id) => account.keys.get(id) === 'pending deletion');
      return pending === undefined
        ? undefined
        : new AwsRefusal('KMSInvalidStateException', `${pending} is pending deletion.`);
    },
  },
  {
    name: 'an execution role without the rights that an endpoint needs',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html',
    calls: ['sagemaker CreateEndpoint', 'sagemaker UpdateEndpoint'],
    judge: async ({ input }, account) => {
      const missing = await missingRights(account, textOf(input, 'EndpointConfigName'));
      return missing.length === 0 ? undefined : validation(missing.join('; '));
    },
  },
  {
    name: 'an eleventh managed policy of a role',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
    calls: ['iam AttachRolePolicy'],
    judge: ({ input }, { roles }) => {
      const attached = new Set(roles.get(textOf(input, 'RoleName'))?.attached).add(textOf(input, 'PolicyArn'));
      return attached.size <= 10
        ? undefined
        : new AwsRefusal('LimitExceeded', 'Cannot exceed quota for PoliciesPerRole: 10');
    },
  },
  {
    name: 'a policy that is too long',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
    calls: ['iam PutRolePolicy', 'iam CreatePolicy', 'iam CreatePolicyVersion'],
    judge: ({ input, operation }, { roles }) => {
      const inline = new Map(roles.get(textOf(input, 'RoleName'))?.inline);
      inline.set(textOf(input, 'PolicyName'), textOf(input, 'PolicyDocument'));
      const documents = operation === 'PutRolePolicy' ? [...inline.values()] : [textOf(input, 'PolicyDocument')];
      const length = documents.join('').replaceAll(/\s/g, '').length;
      const limit = operation === 'PutRolePolicy' ? 10_240 : 6144;
      return length <= limit
        ? undefined
        : new AwsRefusal('LimitExceeded', `Maximum policy size of ${String(limit)} bytes exceeded: ${String(length)}`);
    },
  },
  {
    name: 'a role name over 64 characters',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
    calls: ['iam CreateRole'],
    judge: ({ input }) =>
      textOf(input, 'RoleName').length <= 64
        ? undefined
        : new AwsRefusal('ValidationError', 'roleName must have length less than or equal to 64'),
  },
  {
    name: 'a bucket of us-east-1 with its location',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html',
    calls: ['s3 PUT'],
    judge: ({ body, region }) => {
      const location = /<LocationConstraint[^>]*>([^<]*)</.exec(body)?.[1];
      if (location === 'us-east-1') {
        return new AwsRefusal('InvalidLocationConstraint', 'The specified location-constraint is not valid');
      }
      return location === (region === 'us-east-1' ? undefined : region)
        ? undefined
        : new AwsRefusal(
            'IllegalLocationConstraintException',
            `The ${location ?? 'unspecified'} location constraint is incompatible for ${region}.`,
          );
    },
  },
  {
    name: 'a condition on EventBridge that its messages never meet',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html',
    calls: ['kms CreateKey', 'kms PutKeyPolicy', 'sns SetTopicAttributes', 'sns CreateTopic'],
    judge: ({ input }) => {
      const documents = [textOf(input, 'Policy'), textOf(input, 'AttributeValue')].filter((text) =>
        text.startsWith('{'),
      );
      const statements = documents.flatMap((text) => listOf(JSON.parse(text), 'Statement'));
      const conditional = statements.find(
        (statement) =>
          JSON.stringify(valueOf(statement, 'Principal') ?? '').includes('events.amazonaws.com') &&
          /aws:Source(?:Account|Arn|Org)/i.test(JSON.stringify(valueOf(statement, 'Condition') ?? {})),
      );
      return conditional === undefined
        ? undefined
        : validation(`EventBridge meets no condition of ${textOf(conditional, 'Sid')}: nothing would ever arrive.`);
    },
  },
  {
    name: 'an alarm that looks back too far',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html',
    calls: ['monitoring PutMetricAlarm'],
    judge: ({ input }) => {
      const [period, count] = [Number(textOf(input, 'Period')), Number(textOf(input, 'EvaluationPeriods'))];
      return period * count <= (period < 3600 ? 86_400 : 604_800)
        ? undefined
        : validation('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
    },
  },
  {
    name: 'an action of the past',
    source: 'https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html',
    calls: ['application-autoscaling PutScheduledAction'],
    judge: ({ input }) => {
      const at = /^at\((.+)\)$/.exec(textOf(input, 'Schedule'))?.[1];
      return at === undefined || Date.parse(`${at}Z`) > Date.now() - 12 * 3_600_000
        ? undefined
        : validation(`Schedule ${at} must be in the future.`);
    },
  },
  {
    name: 'a tag of AWS, or more than fifty',
    source: 'https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html',
    calls: ['sagemaker CreateModel', 'sagemaker CreateEndpointConfig', 'sagemaker CreateEndpoint', 'kms CreateKey'],
    judge: ({ input }) => {
      const keys = listOf(input, 'Tags').map((tag) => textOf(tag, 'Key') || textOf(tag, 'TagKey'));
      const reserved = keys.find((key) => /^aws:/i.test(key));
      if (reserved !== undefined) return validation(`aws: prefixed tag key names are not allowed: ${reserved}`);
      return keys.length <= 50 ? undefined : validation('At most 50 tags are allowed.');
    },
  },
];

/** What the execution role of an endpoint config is not allowed and its fleet needs, as sentences. */
export async function missingRights(account: KnownAccount, configName: string): Promise<readonly string[]> {
  const needs = neededRights(account, configName);
  const denied = await Promise.all(
    needs.map(async ({ role: arn, action, resource, source }) => {
      const role = [...account.roles.values()].find((known) => known.arn === arn);
      // A role of somebody else: what it may do is not known here.
      if (role === undefined) return [];
      const decision = await simulate(simulated(account, role), { action, resource, context: {} });
      return decision === 'allowed' ? [] : [`The role ${arn} does not have ${action} on ${resource} (${source})`];
    }),
  );
  return denied.flat();
}

function simulated(
  { policies }: KnownAccount,
  { arn, inline, attached, boundary }: KnownRole,
): Parameters<typeof simulate>[0] {
  const managed = [...attached].flatMap((policy) => policies.get(policy) ?? []);
  return { arn, policies: [...inline.values(), ...managed], boundary: policies.get(boundary ?? '') };
}

/** The ARNs among the values of an input, however deep. */
function arnsOf(input: unknown): readonly string[] {
  return [...JSON.stringify(input ?? '').matchAll(/"(arn:[^"]+)"/g)].map(([, arn = '']) => arn);
}
