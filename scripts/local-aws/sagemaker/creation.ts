import type { SageMakerDependencies } from './dependencies.ts';
import { finish, messageOf } from './finish.ts';
import { retireFleet, setActiveCount, type Fleet } from './fleet.ts';
import { awaitMachines, launchFleet } from './launch.ts';
import { setStage } from './stage.ts';
import type { Endpoint } from './state.ts';

/** Launches the first fleet of a new endpoint: it ends InService or Failed. Never throws. */
export async function runCreation(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
): Promise<void> {
  const { now } = dependencies.clock;
  const counts = Object.fromEntries(
    fleet.variants.map(({ name, desiredInstanceCount }) => [name, desiredInstanceCount]),
  );
  setStage(
    fleet,
    (name) => ({ Status: 'Creating', StatusMessage: `Launching ${counts[name] ?? 0} instance(s).` }),
    now(),
  );
  try {
    await awaitMachines(dependencies, endpoint, fleet, counts);
    await launchFleet(dependencies, endpoint, fleet, counts, endpoint.lifetime.signal);
    for (const variant of fleet.variants) setActiveCount(variant, variant.desiredInstanceCount);
    endpoint.serving = fleet;
    setStage(fleet, undefined, now());
    finish(dependencies, endpoint, 'InService', undefined);
  } catch (error) {
    await retireFleet(fleet);
    if (!endpoint.lifetime.signal.aborted) finish(dependencies, endpoint, 'Failed', messageOf(error));
  }
}
