import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  type MetricType,
  type PutScalingPolicyRequest,
  type PutScheduledActionRequest,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  type MetricDatum,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  ListTagsCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  type CreateEndpointConfigCommandInput,
  type CreateModelCommandInput,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from './index.ts';
import { driveEndpoint, isSettled } from './testing/endpoint-driver.ts';
import {
  createClients,
  createRelease,
  createRepository,
  createScalingClient,
  pushEchoImage,
  SERVER_ERRORS,
  type Clients,
} from './testing/fixtures.ts';

const target = {
  ServiceNamespace: 'sagemaker',
  ResourceId: 'endpoint/serving/variant/primary',
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const;
let scaling: ReturnType<typeof createScalingClient>;
let clients: Clients;
let aws: LocalAws;
/** The image that the release runs. */
let release: string;
const ECR_IMAGE = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/echo:none';
const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));

beforeAll(async () => {
  aws = await startLocalAws({ acceleration: 1000, launcher: { kind: 'fake' }, logDirectory });
  [clients, scaling] = [createClients(aws), createScalingClient(aws)];
  release = aws.putManifestOnlyImage({ repository: 'echo', seed: '1' });
  await createRelease(clients, 'release', release);
  const endpoint = driveEndpoint(clients, 'serving');
  await endpoint.create('release');
  await endpoint.until(isSettled);
  await scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 2 }));
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

describe('CloudWatch', () => {
  const alarm: PutMetricAlarmCommandInput = { ...SERVER_ERRORS, AlarmName: 'errors' };
  const topic = 'arn:aws:sns:eu-central-1:123456789012:on-call';

  it.each<[string, Partial<PutMetricAlarmCommandInput>]>([
    ['no namespace', { Namespace: undefined }],
    ['no period', { Period: undefined }],
    ['no threshold', { Threshold: undefined }],
    ['no comparison', { ComparisonOperator: undefined }],
    ['no evaluation periods', { EvaluationPeriods: undefined }],
    ['a period of 45 s', { Period: 45 }],
    ['more than a day of minutes', { EvaluationPeriods: 5000 }],
    ['more than seven days', { Period: 86_400, EvaluationPeriods: 100 }],
    ['a percentile over 100', { Statistic: undefined, ExtendedStatistic: 'p101' }],
    ['a word for missing data that it does not know', { TreatMissingData: 'green' }],
    ['a word for few samples that it does not know', { EvaluateLowSampleCountPercentile: 'never' }],
    ['an action that is no ARN', { AlarmActions: ['on-call'] }],
    [
      'a dimension twice',
      {
        Dimensions: [
          { Name: 'EndpointName', Value: 'a' },
          { Name: 'EndpointName', Value: 'b' },
        ],
      },
    ],
    ['a band without its metric', { ComparisonOperator: 'GreaterThanUpperThreshold' }],
  ])('refuses an alarm with %s', async (_, change) => {
    const command = new PutMetricAlarmCommand({ ...alarm, ...change });
    await expect(clients.cloudwatch.send(command)).rejects.toThrow();
    expect((await clients.cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
  });

  it.each<[string, Partial<PutMetricAlarmCommandInput>]>([
    ['ten seconds', { AlarmName: 'ten', Period: 10, AlarmActions: [topic] }],
    ['a day of minutes', { AlarmName: 'day', EvaluationPeriods: 1440 }],
    ['seven days', { AlarmName: 'week', Period: 86_400, EvaluationPeriods: 7 }],
    ['a trimmed mean', { AlarmName: 'mean', Statistic: undefined, ExtendedStatistic: 'tm99.9' }],
  ])('takes an alarm with %s', async (_, change) => {
    await expect(clients.cloudwatch.send(new PutMetricAlarmCommand({ ...alarm, ...change }))).resolves.toBeDefined();
  });

  it.each<[string, Partial<MetricDatum>]>([
    ['no value', {}],
    ['two kinds of values', { Value: 1, Values: [1] }],
    ['fewer counts than values', { Values: [1, 2], Counts: [1] }],
    ['a time a month ago', { Value: 1, Timestamp: new Date(Date.now() - 31 * 86_400_000) }],
    ['another resolution', { Value: 1, StorageResolution: 7 }],
  ])('refuses a datum with %s', async (_, datum) => {
    const MetricData = [
      { MetricName: 'beside', Value: 1 },
      { MetricName: 'refused', ...datum },
    ];
    await expect(clients.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Own', MetricData }))).rejects.toThrow();
    expect((await clients.cloudwatch.send(new ListMetricsCommand({ Namespace: 'Own' }))).Metrics).toEqual([]);
  });

  it('takes a large request, which SDKs compress', async () => {
    const MetricData = Array.from({ length: 300 }, (_, n) => ({
      MetricName: `metric-of-a-long-name-${String(n)}`,
      Value: n,
    }));
    await clients.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Large', MetricData }));
    const { Metrics } = await clients.cloudwatch.send(new ListMetricsCommand({ Namespace: 'Large' }));
    expect(Metrics).toHaveLength(300);
  });

  it.each([
    ['the same Id twice', ['a', 'a'], 60, -1],
    ['an Id in capitals', ['M1'], 60, -1],
    ['a period of 45 s', ['a'], 45, -1],
    ['an end before its start', ['a'], 60, 1],
    ['more than 500 queries', Array.from({ length: 501 }, (_, n) => `a${n}`), 60, -1],
  ])('refuses to read metrics with %s', async (_, ids, Period, hours) => {
    const Metric = { Namespace: 'Own', MetricName: 'any' };
    const command = new GetMetricDataCommand({
      StartTime: new Date(Date.now() + hours * 3_600_000),
      EndTime: new Date(),
      MetricDataQueries: ids.map((Id) => ({ Id, MetricStat: { Metric, Period, Stat: 'Sum' } })),
    });
    await expect(clients.cloudwatch.send(command)).rejects.toThrow();
  });
});

describe('Application Auto Scaling', () => {
  const action = { ...target, ScheduledActionName: 'night', ScalableTargetAction: { MinCapacity: 1 } };

  it.each<[string, Partial<PutScheduledActionRequest>]>([
    ['three fields', { Schedule: 'cron(a b c)' }],
    ['no question mark', { Schedule: 'cron(0 20 * * MON-FRI *)' }],
    ['no number', { Schedule: 'rate(often)' }],
    ['no time', { Schedule: 'at(tomorrow)' }],
    ['no capacity', { Schedule: 'rate(1 hour)', ScalableTargetAction: {} }],
    ['a minimum below none', { ScalableTargetAction: { MinCapacity: -1 } }],
    ['a minimum over the maximum', { ScalableTargetAction: { MinCapacity: 5, MaxCapacity: 1 } }],
    ['a timezone that there is not', { Timezone: 'Mars/Olympus' }],
    ['an end before its start', { StartTime: new Date(2_000_000_000_000), EndTime: new Date(1_900_000_000_000) }],
  ])('refuses a schedule with %s', async (_, change) => {
    const command = new PutScheduledActionCommand({ ...action, Schedule: 'rate(1 hour)', ...change });
    await expect(scaling.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each(['cron(0 20 ? * MON-FRI *)', 'cron(0/15 8 1 * ? 2030-2032)', 'at(2030-01-31T08:00:00)', 'rate(2 hours)'])(
    'takes the schedule %s',
    async (Schedule) => {
      await expect(scaling.send(new PutScheduledActionCommand({ ...action, Schedule }))).resolves.toBeDefined();
    },
  );

  const predefined = (PredefinedMetricType: MetricType, TargetValue = 5) => ({
    TargetTrackingScalingPolicyConfiguration: { TargetValue, PredefinedMetricSpecification: { PredefinedMetricType } },
  });

  it.each<[string, Partial<PutScalingPolicyRequest>]>([
    ['no metric', { TargetTrackingScalingPolicyConfiguration: { TargetValue: 5 } }],
    ['a target of none', predefined('SageMakerVariantConcurrentRequestsPerModelHighResolution', 0)],
    ['a metric of inference components', predefined('SageMakerInferenceComponentInvocationsPerCopy')],
    ['a metric of another service', predefined('ECSServiceAverageCPUUtilization')],
    ['the metric of another policy', predefined('SageMakerVariantInvocationsPerInstance')],
  ])('refuses a policy with %s', async (_, change) => {
    const policy = { ...target, PolicyType: 'TargetTrackingScaling' } as const;
    const first = { ...policy, PolicyName: 'first', ...predefined('SageMakerVariantInvocationsPerInstance') };
    await scaling.send(new PutScalingPolicyCommand(first));
    const command = new PutScalingPolicyCommand({ ...policy, PolicyName: 'second', ...change });
    await expect(scaling.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses a target below none, and one of another service', async () => {
    const below = new RegisterScalableTargetCommand({ ...target, MinCapacity: -1, MaxCapacity: 2 });
    await expect(scaling.send(below)).rejects.toMatchObject({ name: 'ValidationException' });
    const other = new RegisterScalableTargetCommand({
      ...{ ServiceNamespace: 'ecs', ResourceId: 'service/a/b', ScalableDimension: 'ecs:service:DesiredCount' },
      ...{ MinCapacity: 1, MaxCapacity: 2 },
    });
    await expect(scaling.send(other)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('keeps a target as it was when it refuses a maximum of none', async () => {
    const none = new RegisterScalableTargetCommand({ ...target, MinCapacity: 0, MaxCapacity: 0 });
    await expect(scaling.send(none)).rejects.toMatchObject({ name: 'ValidationException' });
    const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand(target));
    expect(ScalableTargets).toMatchObject([{ MinCapacity: 1, MaxCapacity: 2 }]);
  });
});

describe('SageMaker', () => {
  const image = (name: string) => ({ PrimaryContainer: { Image: `127.0.0.1:${aws.port}/${name}` } });

  it.each<[string, () => Partial<CreateModelCommandInput>, string]>([
    ['an image of another registry', () => ({ PrimaryContainer: { Image: 'ghcr.io/echo:v1' } }), 'Using non-ECR image'],
    ['an image without tag', () => image('echo'), 'is invalid.'],
    ['an image that there is not', () => image('echo:none'), 'not found.'],
    ['an image of ECR that there is not', () => ({ PrimaryContainer: { Image: ECR_IMAGE } }), 'not found.'],
    [
      'data that there is not',
      () => ({ PrimaryContainer: { Image: release, ModelDataUrl: 's3://models/model.tar.gz' } }),
      'Could not find model data at s3://models/model.tar.gz.',
    ],
    [
      'a role of another account',
      () => ({ ExecutionRoleArn: 'arn:aws:iam::999999999999:role/execution' }),
      'Cross-account pass role is not allowed.',
    ],
    [
      'several models',
      () => ({ PrimaryContainer: { Image: release, Mode: 'MultiModel' } }),
      'MultiModel, which is not emulated',
    ],
  ])('refuses a model with %s', async (_, change, message) => {
    const command = new CreateModelCommand({
      ModelName: 'refused',
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      PrimaryContainer: { Image: release },
      ...change(),
    });
    await expect(clients.sagemaker.send(command)).rejects.toThrow(message);
  });

  const config: CreateEndpointConfigCommandInput = {
    EndpointConfigName: 'refused',
    ProductionVariants: [
      { VariantName: 'primary', ModelName: 'release', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
    ],
  };

  it.each<[string, Partial<CreateEndpointConfigCommandInput>]>([
    ['asynchronous inference', { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://bucket/out' } } }],
    ['a shadow of the same name', { ShadowProductionVariants: config.ProductionVariants }],
    [
      'a shadow of a model that there is not',
      {
        ShadowProductionVariants: config.ProductionVariants?.map((variant) => ({
          ...variant,
          ...{ VariantName: 'shadow', ModelName: 'missing' },
        })),
      },
    ],
    [
      'more instances at least than at most',
      {
        ProductionVariants: config.ProductionVariants?.map((variant) => ({
          ...variant,
          ManagedInstanceScaling: { MinInstanceCount: 3, MaxInstanceCount: 1 },
        })),
      },
    ],
    [
      'a key for an instance with storage of its own',
      {
        KmsKeyId: 'alias/own',
        ProductionVariants: config.ProductionVariants?.map((variant) => ({
          ...variant,
          InstanceType: 'ml.g6e.xlarge',
        })),
      },
    ],
  ])('refuses an endpoint config with %s', async (_, change) => {
    const command = new CreateEndpointConfigCommand({ ...config, ...change });
    await expect(clients.sagemaker.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each([
    ['no instance', [{ VariantName: 'primary', DesiredInstanceCount: 0 }]],
    [
      'a variant twice',
      [
        { VariantName: 'primary', DesiredWeight: 1 },
        { VariantName: 'primary', DesiredWeight: 2 },
      ],
    ],
  ])('refuses to scale to %s', async (_, DesiredWeightsAndCapacities) => {
    const EndpointName = 'serving';
    const command = new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName, DesiredWeightsAndCapacities });
    await expect(clients.sagemaker.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each([
    { TargetContainerHostname: 'second' },
    { InferenceComponentName: 'component' },
    { EnableExplanations: '`true`' },
    { TargetModel: 'other.tar.gz' },
    { SessionId: 'NEW_SESSION' },
  ])('refuses an invocation with %o', async (other) => {
    const command = new InvokeEndpointCommand({ EndpointName: 'serving', Body: '{}', ...other });
    await expect(clients.runtime.send(command)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('keeps tags by the ARN of the resource, in any case, and for no other place', async () => {
    const arn = `arn:aws:sagemaker:${aws.region}:${aws.accountId}:model/release`;
    const Tags = [{ Key: 'Team', Value: 'risk' }];
    await clients.sagemaker.send(new AddTagsCommand({ ResourceArn: arn.replace('release', 'Release'), Tags }));
    expect((await clients.sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))).Tags).toEqual(Tags);
    for (const ResourceArn of [arn.replace(aws.accountId, '999999999999'), arn.replace(aws.region, 'us-east-1')])
      await expect(clients.sagemaker.send(new ListTagsCommand({ ResourceArn }))).rejects.toThrow('Could not find');
    const reserved = new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'aws:own', Value: '' }] });
    await expect(clients.sagemaker.send(reserved)).rejects.toThrow('reserved');
  });
});

describe('tags', () => {
  const key = (Key: string) => ({ Key, Value: '' });
  const calls: Readonly<Record<string, (tags: ReturnType<typeof key>[]) => Promise<unknown>>> = {
    CreateModel: (Tags) => {
      const ExecutionRoleArn = 'arn:aws:iam::123456789012:role/execution';
      const input = { ModelName: 'tagged', ExecutionRoleArn, PrimaryContainer: { Image: release }, Tags };
      return clients.sagemaker.send(new CreateModelCommand(input));
    },
    CreateEndpointConfig: (Tags) => {
      const variant = { VariantName: 'primary', ModelName: 'release', InstanceType: 'ml.m5.large' } as const;
      const input = { EndpointConfigName: 'tagged', ProductionVariants: [variant], Tags };
      return clients.sagemaker.send(new CreateEndpointConfigCommand(input));
    },
    CreateEndpoint: (Tags) =>
      clients.sagemaker.send(
        new CreateEndpointCommand({ EndpointName: 'tagged', EndpointConfigName: 'release', Tags }),
      ),
    AddTags: (Tags) => {
      const ResourceArn = `arn:aws:sagemaker:${aws.region}:${aws.accountId}:model/release`;
      return clients.sagemaker.send(new AddTagsCommand({ ResourceArn, Tags }));
    },
    CreateRepository: (tags) => clients.ecr.send(new CreateRepositoryCommand({ repositoryName: 'tagged', tags })),
    PutMetricAlarm: (Tags) =>
      clients.cloudwatch.send(new PutMetricAlarmCommand({ ...SERVER_ERRORS, AlarmName: 'tagged', Tags })),
  };

  it.each(Object.keys(calls))('of %s are refused with a reserved or repeated key, or over 50', async (operation) => {
    const call = calls[operation];
    const many = Array.from({ length: 51 }, (_, index) => key(String(index)));
    for (const tags of [[key('aws:own')], [key('a'), key('a')], many]) await expect(call?.(tags)).rejects.toThrow();
  });
});

it('leaves the tag alone when it refuses an image of another digest', async () => {
  const access = await createRepository(clients, aws.url, 'images');
  await pushEchoImage(access, 'images', 'v1');
  const repositoryName = 'images';
  const read = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] });
  const imageManifest = (await clients.ecr.send(read)).images?.[0]?.imageManifest;
  const put = { repositoryName, imageManifest, imageTag: 'v2' };
  const other = new PutImageCommand({ ...put, imageDigest: `sha256:${'1'.repeat(64)}` });
  await expect(clients.ecr.send(other)).rejects.toMatchObject({ name: 'ImageDigestDoesNotMatchException' });
  const asked = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v2' }] });
  await expect(clients.ecr.send(asked)).rejects.toMatchObject({ name: 'ImageNotFoundException' });
  await expect(clients.ecr.send(new PutImageCommand({ ...put, imageTag: '-v2' }))).rejects.toThrow();
});
