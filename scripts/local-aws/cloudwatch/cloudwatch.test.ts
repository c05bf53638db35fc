import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../index.ts';
import { driveEndpoint, isSettled, stageOf } from '../testing/endpoint-driver.ts';
import {
  createClients,
  createRelease,
  createRepository,
  pushEchoImage,
  SERVER_ERRORS,
  type Clients,
} from '../testing/fixtures.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
let aws: LocalAws;
let clients: Clients;
let image: string;
let count = 0;

beforeAll(async () => {
  aws = await startLocalAws({ logDirectory, launcher: 'process', acceleration: 60 });
  clients = createClients(aws);
  const access = await createRepository(clients, aws.url, 'echo');
  image = `127.0.0.1:${aws.port}/echo@${await pushEchoImage(access, 'echo', 'v1')}`;
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

const canaryWith = (AlarmName: string): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      WaitIntervalInSeconds: 240,
      CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
    },
    TerminationWaitInSeconds: 240,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName }] },
});

const putAlarm = (AlarmName: string, overrides: Partial<ConstructorParameters<typeof PutMetricAlarmCommand>[0]>) =>
  clients.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...SERVER_ERRORS,
      AlarmName,
      TreatMissingData: 'notBreaching',
      ...overrides,
    }),
  );

const stateOf = async (AlarmName: string) => {
  const { MetricAlarms } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  return MetricAlarms?.[0]?.StateValue;
};

describe('an update with auto-rollback alarms', () => {
  let endpoint: ReturnType<typeof driveEndpoint>;
  let blue: string;
  let green: string;

  beforeEach(async () => {
    count += 1;
    blue = `watched-${count}-blue`;
    green = `watched-${count}-green`;
    endpoint = driveEndpoint(clients, `watched-${count}`);
    await createRelease(clients, blue, image);
    await createRelease(clients, green, image);
    await endpoint.create(blue);
    await endpoint.until(isSettled);
  });

  it('is rolled back in the canary bake when the green fleet answers with 5xx', async () => {
    await putAlarm(`${green}-5xx`, {
      Dimensions: [
        { Name: 'EndpointName', Value: `watched-${count}` },
        { Name: 'VariantName', Value: 'primary' },
        { Name: 'EndpointConfigName', Value: green },
      ],
    });
    await endpoint.update(green, canaryWith(`${green}-5xx`));
    await endpoint.until((state) => stageOf(state).startsWith('Baking'));
    const state = await endpoint.until(isSettled, async () => {
      await endpoint.invoke('fail 500').catch(() => undefined);
    });
    expect(state).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: blue });
    expect(state.FailureReason).toContain(`${green}-5xx`);
    expect((await endpoint.invoke('hello')).release).toBe(blue);
    expect(aws.instances().filter(({ configName }) => configName === green)).toEqual([]);
  });

  it('is rolled back in the last bake when the abort metric is sent', async () => {
    const metric = { Namespace: 'SageMakerGitOps', MetricName: 'AbortDeployment' };
    const dimensions = [{ Name: 'EndpointConfigName', Value: green }];
    await putAlarm(`${green}-abort`, { ...metric, Dimensions: dimensions });
    await endpoint.update(green, canaryWith(`${green}-abort`));
    await endpoint.until((state) => stageOf(state).startsWith('Baking for 240 seconds (TerminationWait'));
    const datum = { MetricName: metric.MetricName, Dimensions: dimensions, Value: 1 };
    await clients.cloudwatch.send(new PutMetricDataCommand({ Namespace: metric.Namespace, MetricData: [datum] }));
    const state = await endpoint.until(isSettled);
    expect(state.EndpointConfigName).toBe(blue);
    expect((await endpoint.invoke('hello')).release).toBe(blue);
  });

  it('is refused when an alarm does not exist', async () => {
    await expect(endpoint.update(green, canaryWith('nothing'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('"nothing"') as string,
    });
    expect((await endpoint.describe()).EndpointStatus).toBe('InService');
  });
});

it('keeps the state of SetAlarmState for a period and then evaluates the metric again', async () => {
  await putAlarm('by-hand', {});
  expect(await stateOf('by-hand')).toBe('OK');
  const change = { AlarmName: 'by-hand', StateValue: 'ALARM' as const, StateReason: 'a drill' };
  await clients.cloudwatch.send(new SetAlarmStateCommand(change));
  expect(await stateOf('by-hand')).toBe('ALARM');
  await expect.poll(() => stateOf('by-hand'), { timeout: 5_000 }).toBe('OK');
});

it('answers the metrics of invocations by endpoint and by fleet', async () => {
  const Dimensions = [
    { Name: 'EndpointName', Value: 'watched-1' },
    { Name: 'VariantName', Value: 'primary' },
  ];
  const range = { StartTime: new Date(Date.now() - 600_000), EndTime: new Date(Date.now() + 60_000) };
  const metric = { Namespace: 'AWS/SageMaker', MetricName: 'Invocation5XXErrors', Dimensions };
  const { Datapoints = [] } = await clients.cloudwatch.send(
    new GetMetricStatisticsCommand({ ...metric, ...range, Period: 3600, Statistics: ['Sum', 'SampleCount'] }),
  );
  const both = Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
  expect(both).toBeGreaterThan(0);
  expect(both).toBeLessThan(Datapoints.reduce((sum, point) => sum + (point.SampleCount ?? 0), 0));
  const query = {
    Id: 'latency',
    MetricStat: { Metric: { ...metric, MetricName: 'ModelLatency' }, Period: 3600, Stat: 'p99' },
  };
  const { MetricDataResults } = await clients.cloudwatch.send(
    new GetMetricDataCommand({ ...range, MetricDataQueries: [query] }),
  );
  expect(MetricDataResults?.[0]?.Values?.[0]).toBeGreaterThan(100);
});

it('keeps tags of alarms and says so when one to delete does not exist', async () => {
  await putAlarm('tagged', { Tags: [{ Key: 'service', Value: 'echo' }] });
  const { MetricAlarms } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'tagged' }));
  const ResourceARN = MetricAlarms?.[0]?.AlarmArn;
  expect(ResourceARN).toBe('arn:aws:cloudwatch:eu-central-1:123456789012:alarm:tagged');
  const { Tags } = await clients.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }));
  expect(Tags).toEqual([{ Key: 'service', Value: 'echo' }]);
  await clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['tagged'] }));
  await expect(clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['tagged'] }))).rejects.toMatchObject({
    name: expect.stringContaining('ResourceNotFound') as string,
  });
});
