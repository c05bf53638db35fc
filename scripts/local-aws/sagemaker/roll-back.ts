import { resolveCapacity } from './deployment-plan.ts';
import { finish, messageOf } from './finish.ts';
import { retireFleet, setActiveCount } from './fleet.ts';
import { awaitMachines, launchInstances } from './launch.ts';
import { setStage } from './stage.ts';
import type { Update } from './update-state.ts';

/**
 * Rolls a failed update back: blue gets all traffic again (instances that a rolling update had stopped are launched again),
 * green is terminated, and the endpoint is InService on its old config. On failure it is UpdateRollbackFailed with both fleets.
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
      await awaitMachines(dependencies, endpoint, blue, { [variant.name]: count });
      await launchInstances(dependencies, endpoint, blue, variant, count, endpoint.lifetime.signal);
      setActiveCount(variant, count);
    }
  }
}
