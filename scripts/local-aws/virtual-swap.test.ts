import { CreateEndpointCommand, DescribeEndpointCommand, type DescribeEndpointOutput } from '@aws-sdk/client-sagemaker';
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { OCI_MANIFEST } from './ecr/manifest.ts';
import type { FakeBehaviour } from './instances/fake-launcher.ts';
import { blueGreen, setUpVirtual } from './testing/virtual-endpoint.ts';

describe('the timeline of an update', () => {
  it('shifts everything at once', async () => {
    const { update, watch } = await setUpVirtual();
    await update(blueGreen({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 }));
    const { seen, state } = await watch();
    expect(seen.filter(({ stage }) => stage.startsWith('Baking'))).toEqual([
      {
        stage:
          'Baking for 300 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 4 instance(s).',
        blue: 0,
        green: 4,
      },
    ]);
    expect(state).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'green' });
  });

  it('shifts a canary, then the rest', async () => {
    const { update, watch } = await setUpVirtual();
    const CanarySize = { Type: 'CAPACITY_PERCENT' as const, Value: 30 };
    await update(blueGreen({ Type: 'CANARY', WaitIntervalInSeconds: 600, CanarySize }));
    const { seen } = await watch();
    expect(seen.filter(({ stage }) => stage.startsWith('Baking')).map(({ blue, green }) => [blue, green])).toEqual([
      [4, 2],
      [0, 4],
    ]);
  });

  it('shifts in linear steps and takes the same slice of blue away', async () => {
    const { update, watch } = await setUpVirtual();
    const LinearStepSize = { Type: 'INSTANCE_COUNT' as const, Value: 1 };
    await update(blueGreen({ Type: 'LINEAR', WaitIntervalInSeconds: 60, LinearStepSize }));
    const { seen } = await watch();
    expect(seen.filter(({ stage }) => stage.startsWith('Baking')).map(({ blue, green }) => [blue, green])).toEqual([
      [3, 1],
      [2, 2],
      [1, 3],
      [0, 4],
    ]);
  });

  it('rolls batch by batch, ending as much of blue each time', async () => {
    const { aws, update, watch } = await setUpVirtual();
    const MaximumBatchSize = { Type: 'CAPACITY_PERCENT' as const, Value: 50 };
    await update({ RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 60 } });
    const { seen, state } = await watch();
    expect(seen.filter(({ stage }) => stage.startsWith('Baking')).map(({ blue, green }) => [blue, green])).toEqual([
      [2, 2],
      [0, 4],
    ]);
    expect(state.EndpointConfigName).toBe('green');
    expect(aws.instances()).toHaveLength(4);
  });
});

const canary = blueGreen({
  Type: 'CANARY',
  WaitIntervalInSeconds: 600,
  CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
});

/** Asserts that blue serves unchanged. */
async function expectBlueServes(
  { invoke, aws }: Awaited<ReturnType<typeof setUpVirtual>>,
  state: DescribeEndpointOutput,
) {
  expect(state).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'blue' });
  expect(state.PendingDeploymentSummary).toBeUndefined();
  expect(aws.instances().map(({ configName, state: of }) => [configName, of])).toEqual(
    Array.from({ length: 4 }, () => ['blue', 'active']),
  );
  for (let index = 0; index < 20; index += 1) expect(await invoke()).toBe('release-id=blue');
}

describe('an update that fails', () => {
  it.each([
    ['its containers are never healthy', { healthyAfterMilliseconds: Infinity }, /did not pass the ping health check/],
    ['they start after the time-out', { healthyAfterMilliseconds: 61_000 }, /did not pass the ping health check/],
    ['they cannot be started', { launchError: 'CannotStartContainerError. Please…' }, /^CannotStartContainerError/],
  ] satisfies [string, FakeBehaviour, RegExp][])('returns to blue when %s', async (_case, behaviour, reason) => {
    const local = await setUpVirtual({ green: behaviour });
    await local.update(canary);
    const { state } = await local.watch();
    await expectBlueServes(local, state);
    expect(state.FailureReason).toMatch(reason);
  });

  it('returns to blue when the image has an OCI manifest', async () => {
    const local = await setUpVirtual({ greenImage: { mediaType: OCI_MANIFEST } });
    await local.update(canary);
    const { state } = await local.watch();
    await expectBlueServes(local, state);
    expect(state.FailureReason).toMatch(/^Unsupported manifest media type/);
  });

  it('returns to blue when there is no capacity', async () => {
    const local = await setUpVirtual();
    const reason = 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.';
    local.aws.faults.inject({ kind: 'launch-failure', configName: 'green', reason });
    await local.update(canary);
    const { state } = await local.watch();
    await expectBlueServes(local, state);
    expect(state.FailureReason).toBe(reason);
  });

  it.each(['first', 'last'] as const)('returns to blue without a reason in the %s bake', async (bake) => {
    const local = await setUpVirtual();
    local.aws.faults.inject({ kind: 'bake-failure', bake, reason: null });
    await local.update(canary);
    const { state, seen } = await local.watch();
    await expectBlueServes(local, state);
    expect(state.FailureReason).toBeUndefined();
    expect(seen.some(({ green }) => green === 4)).toBe(bake === 'last');
  });

  it('returns to blue when MaximumExecutionTimeoutInSeconds ends before green is healthy', async () => {
    const local = await setUpVirtual({ green: { healthyAfterMilliseconds: 59_000 } });
    await local.update({
      RollingUpdatePolicy: {
        MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
        WaitIntervalInSeconds: 145,
        MaximumExecutionTimeoutInSeconds: 600,
      },
    });
    const { state } = await local.watch();
    await expectBlueServes(local, state);
    expect(state.FailureReason).toContain('MaximumExecutionTimeoutInSeconds (600)');
  });

  it('is UpdateRollbackFailed with both fleets when the rollback fails too, and the next update removes them', async () => {
    const local = await setUpVirtual();
    local.aws.faults.inject({ kind: 'bake-failure', bake: 'first', reason: 'alarm', times: 1 });
    local.aws.faults.inject({ kind: 'rollback-failure', reason: 'no capacity for blue', times: 1 });
    await local.update(canary);
    const { state } = await local.watch();
    expect(state).toMatchObject({ EndpointStatus: 'UpdateRollbackFailed', EndpointConfigName: 'blue' });
    const answers = new Set<string | undefined>();
    for (let index = 0; index < 100; index += 1) answers.add(await local.invoke());
    expect([...answers].sort()).toEqual(['release-id=blue', 'release-id=green']);
    await local.update(blueGreen({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 }));
    expect((await local.watch()).state.EndpointConfigName).toBe('green');
    expect(local.aws.instances()).toHaveLength(4);
  });

  it('returns to blue when an alarm is in ALARM in the bake', async () => {
    const local = await setUpVirtual();
    await local.clients.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'latency',
        Namespace: 'AWS/SageMaker',
        MetricName: 'ModelLatency',
        ExtendedStatistic: 'p99',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 500_000,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
    await local.update({ ...canary, AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'latency' }] } });
    await local.clock.advance(30_000);
    await local.clients.cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: 'latency', StateValue: 'ALARM', StateReason: 'a drill' }),
    );
    await local.clock.advance(0);
    await expectBlueServes(local, await local.describeEndpoint());
  });
});

describe('the state of an endpoint', () => {
  it('refuses updates while SystemUpdating', async () => {
    const { aws, clock, update, describeEndpoint } = await setUpVirtual();
    aws.systemUpdate('echo', 600);
    expect((await describeEndpoint()).EndpointStatus).toBe('SystemUpdating');
    await expect(update()).rejects.toMatchObject({
      message: expect.stringContaining('Cannot update in-progress') as string,
    });
    await clock.advance(600_000);
    expect((await describeEndpoint()).EndpointStatus).toBe('InService');
  });

  it('restarts a crashed container while the others serve', async () => {
    const { aws, clock, update, watch, invoke } = await setUpVirtual({ green: { invocationsBeforeCrash: 1 } });
    await update(blueGreen({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 }));
    await watch();
    for (let index = 0; index < 8; index += 1) await invoke().catch(() => undefined);
    await clock.advance(0);
    expect(aws.instances().some(({ state }) => state === 'unhealthy')).toBe(true);
    await clock.advance(2_000);
    expect(aws.instances().map(({ state }) => state)).toEqual(['active', 'active', 'active', 'active']);
  });

  it('replaces a container that stops answering pings while the others serve', async () => {
    const { aws, clock, update, watch } = await setUpVirtual({ green: { hangsAfterMilliseconds: 60_000 } });
    await update(blueGreen({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 }));
    await watch();
    const before = new Set(aws.instances().map(({ id }) => id));
    await clock.advance(120_000);
    const after = aws.instances();
    expect(after).toHaveLength(4);
    expect(after.filter(({ id }) => before.has(id))).toEqual([]);
    expect(new Set(after.map(({ configName }) => configName))).toEqual(new Set(['green']));
  });

  it('does not find a new resource while reads are stale', async () => {
    const { aws, clock, describeEndpoint, clients } = await setUpVirtual();
    aws.faults.inject({ kind: 'stale-reads', milliseconds: 5_000 });
    const config = { EndpointName: 'second', EndpointConfigName: 'blue' };
    await clock.advance(5_000);
    await clients.sagemaker.send(new CreateEndpointCommand(config));
    await expect(clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'second' }))).rejects.toMatchObject(
      { message: expect.stringContaining('Could not find endpoint') as string },
    );
    await clock.advance(5_000);
    expect((await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'second' }))).EndpointStatus).toBe(
      'InService',
    );
    expect((await describeEndpoint()).EndpointStatus).toBe('InService');
  });
});

describe('faults of the API', () => {
  it('throttles a share of the calls', async () => {
    const { aws, describeEndpoint } = await setUpVirtual();
    aws.faults.inject({ kind: 'api-error', code: 'ThrottlingException', message: 'Rate exceeded', share: 0.3 });
    const results = await Promise.allSettled(Array.from({ length: 500 }, describeEndpoint));
    const throttled = results.filter((result) => result.status === 'rejected').length;
    expect(throttled / results.length).toBeGreaterThan(0.2);
    expect(throttled / results.length).toBeLessThan(0.4);
  });

  it('breaks the connection after the call took effect', async () => {
    const { aws, update, describeEndpoint } = await setUpVirtual();
    aws.faults.inject({ kind: 'connection-reset', operation: 'UpdateEndpoint', when: 'after', times: 1 });
    await expect(update()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await describeEndpoint()).EndpointStatus).toBe('Updating');
  });
});
