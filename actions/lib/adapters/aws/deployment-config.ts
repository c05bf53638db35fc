import type { BlueGreenUpdatePolicy, CapacitySize, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import type { Capacity } from '../../domain/environment/environment.ts';
import type { EndpointUpdate } from '../../ports/endpoints.ts';

/** SageMaker's DeploymentConfig for an update. */
export function deploymentConfigOf({ strategy, alarmNames }: EndpointUpdate): DeploymentConfig {
  // No alarms, no auto-rollback: SageMaker wants one to ten, or the whole part left out.
  const rollback =
    alarmNames.length === 0
      ? {}
      : { AutoRollbackConfiguration: { Alarms: alarmNames.map((AlarmName) => ({ AlarmName })) } };
  switch (strategy.strategy) {
    case 'all-at-once':
      return {
        BlueGreenUpdatePolicy: {
          // The API model requires the interval for every type, although nothing waits for it here.
          TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
          ...blueGreenTiming(strategy),
        },
        ...rollback,
      };
    case 'canary':
      return {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: 'CANARY',
            WaitIntervalInSeconds: strategy.waitIntervalSeconds,
            CanarySize: capacitySize(strategy.canarySize),
          },
          ...blueGreenTiming(strategy),
        },
        ...rollback,
      };
    case 'linear':
      return {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: 'LINEAR',
            WaitIntervalInSeconds: strategy.waitIntervalSeconds,
            LinearStepSize: capacitySize(strategy.stepSize),
          },
          ...blueGreenTiming(strategy),
        },
        ...rollback,
      };
    case 'rolling':
      return {
        RollingUpdatePolicy: {
          MaximumBatchSize: capacitySize(strategy.batchSize),
          WaitIntervalInSeconds: strategy.waitIntervalSeconds,
          MaximumExecutionTimeoutInSeconds: strategy.maximumExecutionTimeoutSeconds,
          ...(strategy.rollbackBatchSize === undefined
            ? {}
            : { RollbackMaximumBatchSize: capacitySize(strategy.rollbackBatchSize) }),
        },
        ...rollback,
      };
  }
}

function blueGreenTiming(strategy: {
  readonly terminationWaitSeconds: number;
  readonly maximumExecutionTimeoutSeconds: number;
}): Pick<BlueGreenUpdatePolicy, 'TerminationWaitInSeconds' | 'MaximumExecutionTimeoutInSeconds'> {
  return {
    TerminationWaitInSeconds: strategy.terminationWaitSeconds,
    MaximumExecutionTimeoutInSeconds: strategy.maximumExecutionTimeoutSeconds,
  };
}

function capacitySize({ unit, value }: Capacity): CapacitySize {
  return { Type: unit === 'percent' ? 'CAPACITY_PERCENT' : 'INSTANCE_COUNT', Value: value };
}
