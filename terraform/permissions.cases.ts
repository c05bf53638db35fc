import { VALID_ENVIRONMENT } from '../actions/lib/testing/valid-environment.ts';
import type { IamRequest } from '../scripts/testing/iam-requests.ts';

const { account: ACCOUNT, region: REGION, service: SERVICE } = VALID_ENVIRONMENT;
const RELEASE = '0123456789ab';

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const ask = (action: string, resource: string, context: IamRequest['context'] = {}): IamRequest => ({
  action,
  resource,
  context,
});
const iamRole = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const boundary = { 'iam:PermissionsBoundary': `arn:aws:iam::${ACCOUNT}:policy/${SERVICE}-execution-boundary` };
/** Stands for the environment's key, whose id nobody knows beforehand. */
export const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');
const ownKey = { 'aws:ResourceTag/Service': SERVICE, 'aws:ResourceTag/Environment': 'staging' };
const via = (service: string): IamRequest['context'] => ({ 'kms:ViaService': `${service}.${REGION}.amazonaws.com` });
const capture = `arn:aws:s3:::${SERVICE}-staging-${ACCOUNT}-capture`;
const captured = (name: string): string =>
  `arn:aws:s3:::${SERVICE}-${name}-${ACCOUNT}-capture/${SERVICE}-${name}/primary/2026/01/31/12/a.jsonl`;
/** What S3 asks for when it reads an object of a bucket with a key of its own: the context is the bucket. */
const decrypt = (bucket: string, key = KEY): IamRequest =>
  ask('kms:Decrypt', key, { ...via('s3'), 'kms:EncryptionContext:aws:s3:arn': bucket });
const readCaptured = (name: string): readonly IamRequest[] => [
  ask('s3:ListBucket', `arn:aws:s3:::${SERVICE}-${name}-${ACCOUNT}-capture`, {
    's3:prefix': `${SERVICE}-${name}/primary/2026/01/31/12/`,
  }),
  ask('s3:GetObject', captured(name)),
];
const models = `arn:aws:s3:::${SERVICE}-${ACCOUNT}-models`;
const stateBucket = `arn:aws:s3:::${SERVICE}-${ACCOUNT}-state`;
const state = (name: string): string => `${stateBucket}/${SERVICE}/${name}/terraform.tfstate`;
const fact = (name: string): string => `${stateBucket}/ledger/${SERVICE}/${name}/00000001.json`;
const ifAbsent = { 's3:if-none-match': '*' };
const addFact = (name: string): IamRequest => ask('s3:PutObject', fact(name), ifAbsent);
const readLedger = (name: string): readonly IamRequest[] => [
  ask('s3:ListBucket', stateBucket, { 's3:prefix': `ledger/${SERVICE}/${name}/` }),
  ask('s3:GetObject', fact(name)),
];
const staging = {
  endpoint: arn('sagemaker', `endpoint/${SERVICE}-staging`),
  config: arn('sagemaker', `endpoint-config/${SERVICE}-staging-${RELEASE}`),
  model: arn('sagemaker', `model/${SERVICE}-staging-${RELEASE}`),
  alarm: arn('cloudwatch', `alarm:${SERVICE}-staging-${RELEASE}-5xx`),
  scalingAlarm: arn('cloudwatch', `alarm:TargetTracking-endpoint/${SERVICE}-staging/variant/primary-AlarmHigh-1`),
  target: arn('application-autoscaling', 'scalable-target/0123456789ab'),
  logGroup: arn('logs', `log-group:/aws/sagemaker/Endpoints/${SERVICE}-staging`),
  topic: arn('sns', `${SERVICE}-staging-notifications`),
  rule: arn('events', `rule/${SERVICE}-staging-deployment`),
  dashboard: `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${SERVICE}-staging`,
};
const production = {
  endpoint: arn('sagemaker', `endpoint/${SERVICE}-production`),
  config: arn('sagemaker', `endpoint-config/${SERVICE}-production-${RELEASE}`),
  alarm: arn('cloudwatch', `alarm:${SERVICE}-production-${RELEASE}-5xx`),
};
const repository = arn('ecr', `repository/${SERVICE}`);
const sagemakerNamespace = { 'application-autoscaling:service-namespace': 'sagemaker' };

/** What nobody but an administrator may do. */
const NEVER: readonly IamRequest[] = [
  ask('iam:CreateUser', `arn:aws:iam::${ACCOUNT}:user/mallory`),
  ask('iam:CreateAccessKey', `arn:aws:iam::${ACCOUNT}:user/mallory`),
  ask('iam:AttachRolePolicy', iamRole(`${SERVICE}-staging-execution`), {
    'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess',
  }),
  ask('iam:UpdateAssumeRolePolicy', iamRole(`${SERVICE}-staging-deploy`)),
  ask('iam:PutRolePolicy', iamRole(`${SERVICE}-staging-apply`), boundary),
  ask('iam:DeleteRolePermissionsBoundary', iamRole(`${SERVICE}-staging-execution`)),
  ask('iam:PassRole', iamRole('admin'), { 'iam:PassedToService': 'sagemaker.amazonaws.com' }),
  ask('sts:AssumeRole', iamRole('admin')),
  ask('sagemaker:DeleteEndpoint', staging.endpoint),
  ask('sagemaker:UpdateEndpoint', production.endpoint),
  ask('sagemaker:UpdateEndpoint', arn('sagemaker', 'endpoint/somebody-elses')),
  ask('sagemaker:DeleteEndpointConfig', production.config),
  ask('sagemaker:InvokeEndpoint', production.endpoint),
  ask('cloudwatch:DeleteAlarms', production.alarm),
  ask('ecr:BatchDeleteImage', repository),
  ask('ecr:DeleteRepository', repository),
  ask('s3:DeleteBucket', capture),
  ask('s3:DeleteObject', state('staging')),
  ask('s3:PutObject', state('production')),
  ask('s3:PutBucketPolicy', stateBucket),
  ask('s3:DeleteBucketPolicy', stateBucket),
  // It could overwrite what is there.
  ask('s3:PutObject', fact('staging')),
  ask('s3:DeleteObject', fact('staging')),
  ask('s3:DeleteObjectVersion', fact('staging')),
  addFact('production'),
  // Its name starts with that of the environment.
  addFact('staging-eu'),
  ask('kms:ScheduleKeyDeletion', KEY, ownKey),
  ask('kms:PutKeyPolicy', KEY, ownKey),
  ask('kms:Decrypt', KEY, ownKey),
  ask('logs:DeleteLogGroup', staging.logGroup),
  ask('ec2:TerminateInstances', arn('ec2', 'instance/i-0123456789abcdef0')),
];

const WRITES: readonly IamRequest[] = [
  ask('sagemaker:UpdateEndpoint', staging.endpoint),
  ask('sagemaker:CreateModel', staging.model),
  ask('sagemaker:DeleteModel', staging.model),
  ask('sagemaker:DeleteEndpointConfig', staging.config),
  ask('cloudwatch:DeleteAlarms', staging.alarm),
  ask('iam:CreateRole', iamRole(`${SERVICE}-staging-execution`), boundary),
  ask('s3:PutObject', state('staging')),
];

/** Calls that a role must never make: its policies have to deny each of them. */
export const REFUSED: Readonly<
  Record<'plan' | 'apply' | 'deploy' | 'execution' | 'build' | 'replay', readonly IamRequest[]>
> = {
  plan: [
    ...NEVER,
    ...WRITES,
    // It lists the bucket, and reads nothing of it.
    ask('s3:GetObject', captured('staging')),
    decrypt(capture),
    ask('s3:PutObject', `${state('staging')}.tflock`),
    ask('s3:DeleteObject', `${state('staging')}.tflock`),
    addFact('staging'),
    ask('s3:ListBucket', stateBucket),
    ask('sagemaker:InvokeEndpoint', staging.endpoint),
    ask('ecr:PutImage', repository),
  ],
  apply: [
    ...NEVER,
    ask('s3:GetObject', captured('staging')),
    ask('s3:PutObject', `${state('production')}.tflock`),
    ask('s3:DeleteObject', `${state('production')}.tflock`),
    addFact('staging'),
    ...readLedger('production'),
    ask('sagemaker:UpdateEndpoint', staging.endpoint),
    ask('sagemaker:CreateModel', arn('sagemaker', `model/${SERVICE}-staging-eu-${RELEASE}`)),
    ask('iam:CreateRole', iamRole(`${SERVICE}-staging-execution`)),
    ask('iam:CreateRole', iamRole(`${SERVICE}-staging-execution`), {
      'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
    ask('iam:CreateRole', iamRole(`${SERVICE}-production-execution`), boundary),
    ask('iam:PassRole', iamRole(`${SERVICE}-staging-execution`), { 'iam:PassedToService': 'lambda.amazonaws.com' }),
    ask('iam:PassRole', iamRole(`${SERVICE}-production-execution`), {
      'iam:PassedToService': 'sagemaker.amazonaws.com',
    }),
    ask('kms:TagResource', KEY, { 'aws:RequestTag/Service': 'other', 'aws:RequestTag/Environment': 'staging' }),
    ask('kms:TagResource', KEY, { ...ownKey, 'aws:TagKeys': ['CostCenter', 'Service'] }),
    ask('kms:UntagResource', KEY, { ...ownKey, 'aws:TagKeys': ['Environment'] }),
    ask('kms:TagResource', KEY, { 'aws:TagKeys': ['CostCenter'] }),
    ask('kms:CreateGrant', KEY, ownKey),
    ask('sns:DeleteTopic', arn('sns', `${SERVICE}-production-notifications`)),
    ask('ecr:PutImage', repository),
  ],
  deploy: [
    ...NEVER,
    ...readCaptured('staging'),
    decrypt(capture),
    ...WRITES.slice(1),
    ask('iam:PassRole', iamRole(`${SERVICE}-staging-execution`), {
      'iam:PassedToService': 'sagemaker.amazonaws.com',
    }),
    ask('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'AWS/SageMaker' }),
    ask('cloudwatch:PutMetricAlarm', staging.alarm),
    ask('kms:CreateGrant', KEY, ownKey),
    ask('s3:GetObject', state('staging')),
    ask('s3:PutObject', `${models}/sha256-00/model.onnx`, ifAbsent),
    ask('s3:DeleteObject', `${models}/sha256-00/model.onnx`),
    ask('s3:GetObject', `${capture}/answer.jsonl`),
    ...readLedger('production'),
    ...readLedger('staging-eu'),
    ask('s3:ListBucket', stateBucket),
    ask('application-autoscaling:DeregisterScalableTarget', staging.target, {
      'application-autoscaling:service-namespace': 'ecs',
    }),
  ],
  execution: [
    ...NEVER,
    ...WRITES,
    ask('s3:PutObject', `${models}/sha256-00/model.onnx`),
    ask('s3:GetObject', state('staging')),
    addFact('staging'),
    ...readLedger('staging'),
    ask('s3:GetObject', `${capture}/answer.jsonl`),
    ask('logs:CreateLogStream', arn('logs', `log-group:/aws/sagemaker/Endpoints/${SERVICE}-production:log-stream:a`)),
    ask('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'SageMakerGitOps' }),
    ask('ecr:BatchGetImage', arn('ecr', 'repository/somebody-elses')),
  ],
  replay: [
    ...NEVER,
    ...WRITES,
    ...readCaptured('production'),
    ...readLedger('staging'),
    // Beside the endpoint's folder, and whatever else the bucket may hold.
    ask('s3:GetObject', `${capture}/other/a.jsonl`),
    ask('s3:ListBucket', capture),
    ask('s3:ListBucket', capture, { 's3:prefix': '' }),
    ask('s3:PutObject', captured('staging')),
    ask('s3:DeleteObject', captured('staging')),
    ask('s3:GetObject', state('staging')),
    ask('s3:GetObject', `${models}/sha256-00/model.onnx`),
    // The key for something else than this bucket.
    ask('kms:Decrypt', KEY, via('s3')),
    ask('kms:Decrypt', KEY, { 'kms:EncryptionContext:aws:s3:arn': capture }),
    decrypt(`arn:aws:s3:::${SERVICE}-production-${ACCOUNT}-capture`),
    decrypt(stateBucket),
    ask('kms:GenerateDataKey', KEY, { ...via('s3'), 'kms:EncryptionContext:aws:s3:arn': capture }),
    ask('sagemaker:InvokeEndpoint', staging.endpoint),
    ask('sagemaker:DescribeEndpoint', staging.endpoint),
    ask('ecr:BatchGetImage', repository),
  ],
  build: [
    ...NEVER,
    ...WRITES,
    ...readCaptured('staging'),
    ask('s3:DeleteObject', `${models}/sha256-00/model.onnx`),
    // It could overwrite what is there.
    ask('s3:PutObject', `${models}/sha256-00/model.onnx`),
    ask('s3:GetObject', state('staging')),
    addFact('staging'),
    ...readLedger('staging'),
  ],
};

/** What an administrator tries on the state bucket, and what its policy decides. */
export const BUCKET_POLICY: readonly (readonly [string, IamRequest, 'allowed' | 'denied'])[] = [
  ['adds a fact', addFact('staging'), 'allowed'],
  ['overwrites a fact', ask('s3:PutObject', fact('staging')), 'denied'],
  ['overwrites a fact that was seen', ask('s3:PutObject', fact('staging'), { 's3:if-match': '"0"' }), 'denied'],
  ['overwrites a fact of a removed environment', ask('s3:PutObject', fact('removed')), 'denied'],
  ['deletes a fact', ask('s3:DeleteObject', fact('staging')), 'denied'],
  ['deletes a version of a fact', ask('s3:DeleteObjectVersion', fact('staging')), 'denied'],
  ['reads a fact', ask('s3:GetObject', fact('staging')), 'allowed'],
  ['overwrites a state', ask('s3:PutObject', state('staging')), 'allowed'],
  ['deletes a state', ask('s3:DeleteObject', state('staging')), 'allowed'],
  ['deletes a version of a state', ask('s3:DeleteObjectVersion', state('staging')), 'allowed'],
];

/** A grant that no recorded call needed, with the reason why it is there. */
interface Reason {
  readonly because: string;
  readonly requests: readonly IamRequest[];
}

const SCHEDULES: Reason = {
  because: 'an environment with schedules',
  requests: [ask('application-autoscaling:DescribeScheduledActions', '*')],
};

const REASONS: Readonly<Record<keyof typeof REFUSED, readonly Reason[]>> = {
  replay: [
    {
      because: 'a promotion is asked what callers of the environment asked',
      requests: [
        ...readCaptured('staging'),
        decrypt(capture),
        // Of a bucket without a key of its own, and by a key of another account.
        decrypt(captured('staging')),
        decrypt(capture, KEY.replace(ACCOUNT, '321098765432')),
      ],
    },
  ],
  plan: [
    SCHEDULES,
    {
      because: 'promotion and the drift check read the ledger of each environment',
      requests: [...readLedger('staging'), ...readLedger('production')],
    },
  ],
  apply: [
    SCHEDULES,
    {
      because: 'an older commit must not be applied after a newer one, which the facts tell',
      requests: readLedger('staging'),
    },
    {
      because: 'tags change in place, and go',
      requests: [
        ask('sagemaker:DeleteTags', staging.model),
        ask('iam:UntagRole', iamRole(`${SERVICE}-staging-execution`)),
        ask('cloudwatch:UntagResource', staging.alarm),
        ask('logs:UntagResource', staging.logGroup),
        ask('sns:UntagResource', staging.topic),
        ask('events:UntagResource', staging.rule),
        ask('application-autoscaling:UntagResource', staging.target),
        ask('application-autoscaling:TagResource', staging.target),
      ],
    },
    {
      because: 'another key is set on a log group that exists',
      requests: [ask('logs:AssociateKmsKey', staging.logGroup)],
    },
    {
      because: 'autoscaling is turned off, or its bounds and schedules change',
      requests: [
        ask('application-autoscaling:DeleteScalingPolicy', staging.target, sagemakerNamespace),
        ask('application-autoscaling:DeleteScheduledAction', staging.target, sagemakerNamespace),
        ask('application-autoscaling:DeregisterScalableTarget', staging.target, sagemakerNamespace),
        ask('application-autoscaling:PutScheduledAction', staging.target, sagemakerNamespace),
      ],
    },
    {
      because: 'Application Auto Scaling acts in the name of whoever registers a target and puts a policy',
      requests: [
        ask('sagemaker:UpdateEndpointWeightsAndCapacities', staging.endpoint),
        ask('cloudwatch:PutMetricAlarm', staging.scalingAlarm),
        ask('cloudwatch:DeleteAlarms', staging.scalingAlarm),
        ask('cloudwatch:DescribeAlarms', staging.scalingAlarm),
        ask(
          'iam:CreateServiceLinkedRole',
          iamRole(
            'aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
          ),
          { 'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com' },
        ),
      ],
    },
    {
      because: 'a topic of the team replaces that of the environment',
      requests: [ask('sns:DeleteTopic', staging.topic)],
    },
    {
      because: 'tags of the own key change in place',
      requests: [
        ask('kms:TagResource', KEY, { ...ownKey, 'aws:TagKeys': ['CostCenter'] }),
        ask('kms:UntagResource', KEY, { ...ownKey, 'aws:TagKeys': ['CostCenter'] }),
      ],
    },
    {
      because: 'services use the key in the name of the caller',
      requests: [
        ask('kms:CreateGrant', KEY.replace(ACCOUNT, '321098765432'), via('sagemaker')),
        ask('kms:CreateGrant', KEY, via('sagemaker')),
        ask('kms:Decrypt', KEY, via('sns')),
        ask('kms:DescribeKey', KEY, via('logs')),
        ask('kms:GenerateDataKey', KEY, via('s3')),
      ],
    },
  ],
  deploy: [
    {
      because: 'a swap reads the facts of the one before',
      requests: readLedger('staging'),
    },
    {
      because: 'what a release would load is checked by the checksums of its objects',
      requests: [ask('s3:ListBucket', models), ask('s3:GetObject', `${models}/sha256-00/model.onnx`)],
    },
    {
      because: 'an image may be checked by its manifest',
      requests: [ask('ecr:BatchGetImage', repository)],
    },
    {
      because: 'a swap compares green with blue',
      requests: [ask('cloudwatch:GetMetricData', '*')],
    },
    {
      because: 'the rollback workflow aborts a swap in flight, and so do the probes of a swap',
      requests: [ask('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'SageMakerGitOps' })],
    },
    {
      because: 'a target with schedules is registered again as it was',
      requests: [
        ask('application-autoscaling:PutScheduledAction', staging.target, sagemakerNamespace),
        ask('application-autoscaling:TagResource', staging.target),
      ],
    },
    {
      because: 'Application Auto Scaling acts in the name of whoever registers a target and puts a policy',
      requests: [
        ask('sagemaker:UpdateEndpointWeightsAndCapacities', staging.endpoint),
        ask('cloudwatch:PutMetricAlarm', staging.scalingAlarm),
        ask('cloudwatch:DescribeAlarms', staging.scalingAlarm),
      ],
    },
    {
      because: 'new instances of a fleet with an encrypted volume',
      requests: [ask('kms:CreateGrant', KEY, { ...via('sagemaker'), 'kms:GrantIsForAWSResource': 'true' })],
    },
  ],
  execution: [
    {
      because: 'SageMaker pulls the image and runs the containers, which no local AWS does in the name of the role',
      requests: [
        ask('ecr:GetAuthorizationToken', '*'),
        ask('ecr:BatchCheckLayerAvailability', repository),
        ask('ecr:BatchGetImage', repository),
        ask('ecr:GetDownloadUrlForLayer', repository),
        ask('logs:CreateLogStream', `${staging.logGroup}:log-stream:primary/i-0`),
        ask('logs:DescribeLogStreams', `${staging.logGroup}:*`),
        ask('logs:PutLogEvents', `${staging.logGroup}:log-stream:primary/i-0`),
        ask('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints' }),
        ask('s3:PutObject', `${capture}/${SERVICE}-staging/primary/answer.jsonl`),
        ask('kms:GenerateDataKey', KEY),
        ask('kms:Decrypt', KEY),
        ask('cloudwatch:DescribeAlarms', staging.alarm),
      ],
    },
  ],
  build: [
    {
      because: 'docker push and the check of what was pushed',
      requests: [
        ask('ecr:GetAuthorizationToken', '*'),
        ...[
          'BatchCheckLayerAvailability',
          'BatchGetImage',
          'CompleteLayerUpload',
          'DescribeImages',
          'DescribeRepositories',
          'GetDownloadUrlForLayer',
          'InitiateLayerUpload',
          'PutImage',
          'UploadLayerPart',
        ].map((action) => ask(`ecr:${action}`, repository)),
      ],
    },
    {
      because: 'a model that is not baked in is published under its digest',
      requests: [
        ask('s3:ListBucket', models),
        ask('s3:GetObject', `${models}/sha256-00/model.onnx`),
        ask('s3:PutObject', `${models}/sha256-00/model.onnx`, ifAbsent),
      ],
    },
  ],
};

/** The calls that a role was granted for a reason, without one having been recorded. */
export function allowedByReason(role: keyof typeof REFUSED): readonly IamRequest[] {
  return REASONS[role].flatMap(({ requests }) => requests);
}
