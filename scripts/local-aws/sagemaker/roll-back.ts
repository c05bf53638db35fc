import { resolveCapacity } from './deployment-plan.ts';
import { finish, messageOf } from './finish.ts';
import { retireFleet, setActiveCount } from './fleet.ts';
import { launchInstances } from './launch.ts';
import { setStage } from './stage.ts';
import type { Update } from './update-state.ts';

/**
 * Ends a failed update: all of blue takes the traffic again (what a rolling update had ended is launched anew), green
 * is terminated, and the endpoint is InService under its old config; or UpdateRollbackFailed with a mix of both.
 */
export async function rollBack(update: Update, reason: string, isReasonHidden: boolean): Promise<void> {
  const { dependencies, endpoint, green } = update;
  endpoint.status = 'RollingBack';
  endpoint.modifiedAt = dependencies.clock.now();
  try {
    const fault = dependencies.faults.onRollback(endpoint.name);
    if (fault !== undefined) throw new Error(fault);
    await restoreBlue(update);
  } catch (error) {
    finish(dependencies, endpoint, 'UpdateRollbackFailed', `${reason} The rollback failed: ${messageOf(error)}`);
    return;
  }
  const counts = new Map(green.variants.map(({ name, instances }) => [name, instances.length]));
  setStage(
    green,
    (name) => ({ Status: 'Deleting', StatusMessage: `Terminating ${counts.get(name) ?? 0} instance(s).` }),
    dependencies.clock.now(),
  );
  for (const variant of green.variants) setActiveCount(variant, 0);
  await retireFleet(green);
  finish(dependencies, endpoint, 'InService', isReasonHidden ? undefined : reason);
}

async function restoreBlue({ dependencies, endpoint, blue, config }: Update): Promise<void> {
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
