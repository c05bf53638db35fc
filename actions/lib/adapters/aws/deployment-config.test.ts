import { describe, expect, it } from 'vitest';
import { deploymentConfigOf } from './deployment-config.ts';

const update = { endpointName: 'e', configName: 'c', alarmNames: ['a', 'b'], retainInstanceCounts: true };
const timing = { terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 1800 };
const alarms = { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }, { AlarmName: 'b' }] } };
const limits = { TerminationWaitInSeconds: 60, MaximumExecutionTimeoutInSeconds: 1800 };

describe('the deployment config of an update', () => {
  it.each([
    [
      { strategy: 'all-at-once', ...timing },
      {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
          ...limits,
        },
      },
    ],
    [
      { strategy: 'canary', canarySize: { unit: 'percent', value: 25 }, waitIntervalSeconds: 300, ...timing },
      {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: 'CANARY',
            WaitIntervalInSeconds: 300,
            CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 },
          },
          ...limits,
        },
      },
    ],
    [
      { strategy: 'linear', stepSize: { unit: 'instances', value: 1 }, waitIntervalSeconds: 120, ...timing },
      {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: 'LINEAR',
            WaitIntervalInSeconds: 120,
            LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 },
          },
          ...limits,
        },
      },
    ],
    [
      {
        strategy: 'rolling',
        batchSize: { unit: 'percent', value: 50 },
        rollbackBatchSize: { unit: 'percent', value: 100 },
        waitIntervalSeconds: 120,
        maximumExecutionTimeoutSeconds: 1800,
      },
      {
        RollingUpdatePolicy: {
          MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 },
          RollbackMaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 100 },
          WaitIntervalInSeconds: 120,
          MaximumExecutionTimeoutInSeconds: 1800,
        },
      },
    ],
  ] as const)('is what SageMaker wants for $strategy', (strategy, expected) => {
    expect(deploymentConfigOf({ ...update, strategy })).toEqual({ ...expected, ...alarms });
  });

  it('leaves the auto-rollback out where there are no alarms', () => {
    expect(
      deploymentConfigOf({ ...update, alarmNames: [], strategy: { strategy: 'all-at-once', ...timing } }),
    ).not.toHaveProperty('AutoRollbackConfiguration');
  });
});
