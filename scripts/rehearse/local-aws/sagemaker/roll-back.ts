import type { DeploymentConfig } from '../api-models/sagemaker.types.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { resolveCapacity } from './deployment-plan.ts';
import { retireFleet, setActiveCount, type Fleet } from './fleet.ts';
import { launchInstances } from './launch.ts';
import { setStage } from './stage.ts';
import type { Endpoint } from './state.ts';

type Finish = (status: 'InService' | 'UpdateRollbackFailed', failureReason: string | undefined) => void;

/**
 * Ends a failed update: all of blue takes the traffic again (what a rolling update had ended is launched anew), green
 * is terminated, and the endpoint is InService under its old config; or UpdateRollbackFailed with a mix of both.
 */
export async function rollBack(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  blue: Fleet,
  green: Fleet,
  config: DeploymentConfig | undefined,
  reason: string,
  finish: Finish,
): Promise<void> {
  const { clock, faults } = dependencies;
  endpoint.status = 'RollingBack';
  endpoint.modifiedAt = clock.now();
  try {
    const fault = faults.onRollback(endpoint.name);
    if (fault !== undefined) throw new Error(fault);
    await restoreBlue(dependencies, endpoint, blue, config);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    finish('UpdateRollbackFailed', `${reason} The rollback failed: ${failure}`);
    return;
  }
  setStage(
    green,
    (name) => {
      const count = green.variants.find((variant) => variant.name === name)?.instances.length ?? 0;
      return { Status: 'Deleting', StatusMessage: `Terminating ${count} instance(s).` };
    },
    clock.now(),
  );
  await retireFleet(green);
  finish('InService', faults.hidesFailureReason(endpoint.name) ? undefined : reason);
}

async function restoreBlue(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  blue: Fleet,
  config: DeploymentConfig | undefined,
): Promise<void> {
  for (const variant of blue.variants) {
    setActiveCount(variant, variant.instances.length);
    const batch = config?.RollingUpdatePolicy?.RollbackMaximumBatchSize;
    const total = variant.desiredInstanceCount;
    const size = batch === undefined ? total : resolveCapacity(batch, total);
    while (variant.instances.length < total) {
      const count = Math.min(total, variant.instances.length + size);
      await launchInstances(dependencies, endpoint, blue, variant, count, endpoint.lifetime.signal);
      setActiveCount(variant, count);
    }
  }
}
