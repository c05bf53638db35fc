import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteEndpointCommand, UpdateEndpointWeightsAndCapacitiesCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../index.ts';
import { driveEndpoint, isSettled } from '../testing/endpoint-driver.ts';
import { createClients, createRelease, createScalingClient, type Clients } from '../testing/fixtures.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
let aws: LocalAws;
let clients: Clients;
let scaling: ReturnType<typeof createScalingClient>;

beforeAll(async () => {
  aws = await startLocalAws({ logDirectory, launcher: { kind: 'fake' }, acceleration: 1000 });
  clients = createClients(aws);
  scaling = createScalingClient(aws);
  const image = aws.putManifestOnlyImage({ repository: 'echo', seed: '1' });
  await createRelease(clients, 'scaled-1', image);
  await createRelease(clients, 'scaled-2', image);
  await createRelease(clients, 'scaled-big', image, { InstanceType: 'ml.m5.2xlarge' });
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

const targetOf = (endpointName: string) => ({
  ServiceNamespace: 'sagemaker' as const,
  ResourceId: `endpoint/${endpointName}/variant/primary`,
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const,
});

async function createScaledEndpoint(name: string, bounds: { MinCapacity: number; MaxCapacity: number }) {
  const endpoint = driveEndpoint(clients, name);
  await endpoint.create('scaled-1');
  await endpoint.until(isSettled);
  await scaling.send(new RegisterScalableTargetCommand({ ...targetOf(name), ...bounds, Tags: { service: 'echo' } }));
  return endpoint;
}

it('keeps a target with its policy, schedule and tags', async () => {
  await createScaledEndpoint('kept', { MinCapacity: 2, MaxCapacity: 6 });
  const target = targetOf('kept');
  const policy = {
    PolicyName: 'invocations',
    PolicyType: 'TargetTrackingScaling' as const,
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 100,
      PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' as const },
    },
  };
  const { Alarms } = await scaling.send(new PutScalingPolicyCommand({ ...target, ...policy }));
  expect(Alarms).toHaveLength(2);
  const schedule = {
    ScheduledActionName: 'night',
    Schedule: 'cron(0 22 * * ? *)',
    ScalableTargetAction: { MinCapacity: 1 },
  };
  await scaling.send(new PutScheduledActionCommand({ ...target, ...schedule }));
  const { ScalableTargets } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ResourceIds: [target.ResourceId] }),
  );
  expect(ScalableTargets).toMatchObject([{ ...target, MinCapacity: 2, MaxCapacity: 6 }]);
  const { ScalingPolicies } = await scaling.send(new DescribeScalingPoliciesCommand(target));
  expect(ScalingPolicies).toMatchObject([policy]);
  const { ScheduledActions } = await scaling.send(new DescribeScheduledActionsCommand(target));
  expect(ScheduledActions).toMatchObject([schedule]);
  const { Tags } = await scaling.send(
    new ListTagsForResourceCommand({ ResourceARN: ScalableTargets?.[0]?.ScalableTargetARN }),
  );
  expect(Tags).toEqual({ service: 'echo' });
  await scaling.send(new DeregisterScalableTargetCommand(target));
  expect((await scaling.send(new DescribeScalingPoliciesCommand(target))).ScalingPolicies).toEqual([]);
  await expect(scaling.send(new DeregisterScalableTargetCommand(target))).rejects.toMatchObject({
    name: 'ObjectNotFoundException',
  });
});

it('replaces the alarms of target tracking with its target, and drops them with step scaling', async () => {
  await createScaledEndpoint('tracked', { MinCapacity: 2, MaxCapacity: 6 });
  const policy = { ...targetOf('tracked'), PolicyName: 'invocations' };
  const track = (TargetValue: number) =>
    scaling.send(
      new PutScalingPolicyCommand({
        ...policy,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue,
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        },
      }),
    );
  const thresholds = async () => {
    const AlarmNamePrefix = `TargetTracking-${policy.ResourceId}`;
    const { MetricAlarms } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }));
    return MetricAlarms?.map(({ Threshold }) => Threshold);
  };
  await track(100);
  await track(200);
  expect(await thresholds()).toEqual([200, 180]);
  const StepScalingPolicyConfiguration = {
    AdjustmentType: 'ChangeInCapacity' as const,
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  };
  await scaling.send(
    new PutScalingPolicyCommand({ ...policy, PolicyType: 'StepScaling', StepScalingPolicyConfiguration }),
  );
  expect(await thresholds()).toEqual([]);
});

it('brings a fleet into the bounds of its target and records the activity', async () => {
  const endpoint = await createScaledEndpoint('bounded', { MinCapacity: 3, MaxCapacity: 6 });
  const state = await endpoint.until(({ ProductionVariants }) => ProductionVariants?.[0]?.CurrentInstanceCount === 3);
  expect(state.ProductionVariants?.[0]?.DesiredInstanceCount).toBe(3);
  const { ScalingActivities } = await scaling.send(new DescribeScalingActivitiesCommand(targetOf('bounded')));
  expect(ScalingActivities).toMatchObject([{ StatusCode: 'Successful', Cause: 'minimum capacity was set to 3' }]);
});

it('refuses another instance type while the variant is registered, and takes another model', async () => {
  const endpoint = await createScaledEndpoint('typed', { MinCapacity: 2, MaxCapacity: 4 });
  await expect(endpoint.update('scaled-big')).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('from ml.m5.large to ml.m5.2xlarge') as string,
  });
  await endpoint.update('scaled-2');
  expect((await endpoint.until(isSettled)).EndpointConfigName).toBe('scaled-2');
  await scaling.send(new DeregisterScalableTargetCommand(targetOf('typed')));
  await endpoint.update('scaled-big');
  expect((await endpoint.until(isSettled)).EndpointConfigName).toBe('scaled-big');
});

it('keeps the live count in an update with RetainAllVariantProperties and resets it without', async () => {
  const endpoint = await createScaledEndpoint('retained', { MinCapacity: 2, MaxCapacity: 8 });
  const wish = { VariantName: 'primary', DesiredInstanceCount: 5 };
  await clients.sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'retained', DesiredWeightsAndCapacities: [wish] }),
  );
  await endpoint.until(isSettled);
  await endpoint.update('scaled-2', undefined, { RetainAllVariantProperties: true });
  expect((await endpoint.until(isSettled)).ProductionVariants?.[0]?.CurrentInstanceCount).toBe(5);
  await endpoint.update('scaled-1');
  expect((await endpoint.until(isSettled)).ProductionVariants?.[0]?.CurrentInstanceCount).toBe(2);
});

it('deregisters the variants of a deleted endpoint', async () => {
  await createScaledEndpoint('deleted', { MinCapacity: 2, MaxCapacity: 4 });
  await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'deleted' }));
  const ResourceIds = [targetOf('deleted').ResourceId];
  const describe = new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ResourceIds });
  expect((await scaling.send(describe)).ScalableTargets).toEqual([]);
});
