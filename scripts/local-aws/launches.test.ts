import { UpdateEndpointWeightsAndCapacitiesCommand, type DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import { blueGreen, setUpVirtual } from './testing/virtual-endpoint.ts';

const CanarySize = { Type: 'INSTANCE_COUNT' as const, Value: 1 };
const canary = blueGreen({ Type: 'CANARY', WaitIntervalInSeconds: 600, CanarySize });
const rolling = (MaximumExecutionTimeoutInSeconds: number): DeploymentConfig => ({
  RollingUpdatePolicy: {
    MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 },
    WaitIntervalInSeconds: 60,
    MaximumExecutionTimeoutInSeconds,
  },
});
const SHORTAGE = 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.';

describe('machines that take minutes', () => {
  const options = { launchSeconds: 420 };

  it('shows green as launching for so long, and counts it in MaximumExecutionTimeoutInSeconds', async () => {
    const local = await setUpVirtual({ options });
    await local.update(canary);
    await local.clock.advance(415_000);
    const { PendingDeploymentSummary: pending } = await local.describeEndpoint();
    expect(pending?.ProductionVariants?.[0]).toMatchObject({
      CurrentInstanceCount: 0,
      VariantStatus: [{ Status: 'Creating', StatusMessage: 'Launching 4 instance(s).' }],
    });
    expect((await local.watch()).state.EndpointConfigName).toBe('green');

    const short = await setUpVirtual({ options });
    await short.update(rolling(800));
    expect((await short.watch()).state.FailureReason).toContain('MaximumExecutionTimeoutInSeconds (800)');
  });

  it('launches blue again for as long when a rolling update fails after its first batch', async () => {
    const local = await setUpVirtual({ options });
    local.aws.faults.inject({ kind: 'launch-failure', configName: 'green', launch: 'following', reason: SHORTAGE });
    await local.update(rolling(7200));
    await local.clock.advance((420 + 1 + 60 + 420 + 60) * 1000);
    expect((await local.describeEndpoint()).EndpointStatus).toBe('RollingBack');
    await local.clock.advance(420_000);
    expect(await local.describeEndpoint()).toMatchObject({
      EndpointStatus: 'InService',
      EndpointConfigName: 'blue',
      FailureReason: SHORTAGE,
    });
  });

  it('shows a scale-out as Updating with a status of the variant, and no pending deployment', async () => {
    const local = await setUpVirtual({ options });
    const DesiredWeightsAndCapacities = [{ VariantName: 'primary', DesiredInstanceCount: 6 }];
    const scaling = { EndpointName: 'echo', DesiredWeightsAndCapacities };
    await local.clients.sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand(scaling));
    await local.clock.advance(415_000);
    const endpoint = await local.describeEndpoint();
    expect(endpoint.EndpointStatus).toBe('Updating');
    expect(endpoint.PendingDeploymentSummary).toBeUndefined();
    expect(endpoint.ProductionVariants?.[0]).toMatchObject({
      CurrentInstanceCount: 4,
      DesiredInstanceCount: 6,
      VariantStatus: [{ StatusMessage: 'Scaling out to 6 instance(s).' }],
    });
    await local.clock.advance(10_000);
    expect((await local.describeEndpoint()).EndpointStatus).toBe('InService');
  });
});

describe('what an update launches first', () => {
  it.each([
    ['whole-fleet', 4],
    ['canary', 1],
  ] as const)('is the %s: %i of 4 instances run while the canary bakes', async (firstLaunch, running) => {
    const local = await setUpVirtual({ options: { firstLaunch } });
    await local.update(canary);
    await local.clock.advance(30_000);
    const { PendingDeploymentSummary: pending } = await local.describeEndpoint();
    expect(pending?.ProductionVariants?.[0]).toMatchObject({
      CurrentInstanceCount: running,
      DesiredInstanceCount: 4,
      VariantStatus: [{ Status: 'Baking' }],
    });
    const { seen, state } = await local.watch();
    expect(seen.filter(({ stage }) => stage.startsWith('Baking')).map(({ blue, green }) => [blue, green])).toEqual([
      [4, 1],
      [0, 4],
    ]);
    expect(state.EndpointConfigName).toBe('green');
  });

  it('may leave no capacity for the rest: the canary has baked, and blue serves alone again', async () => {
    const local = await setUpVirtual({ options: { firstLaunch: 'canary' } });
    local.aws.faults.inject({ kind: 'launch-failure', configName: 'green', launch: 'following', reason: SHORTAGE });
    await local.update(canary);
    const { seen, state } = await local.watch();
    expect(seen.some(({ stage, green }) => stage.startsWith('Baking') && green === 1)).toBe(true);
    expect(state).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'blue', FailureReason: SHORTAGE });
    expect(local.aws.instances().map(({ configName }) => configName)).toEqual(['blue', 'blue', 'blue', 'blue']);
  });
});
