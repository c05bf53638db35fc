import type { BakePosition } from './dependencies.ts';
import { DeploymentFailure } from './deployment-failure.ts';
import type { DeploymentStep } from './deployment-plan.ts';
import type { Update } from './update-state.ts';

/**
 * Waits for a bake while monitoring the update's alarms.
 * @throws DeploymentFailure as soon as one is in ALARM.
 */
export async function bake(
  { dependencies, endpoint, config, budget }: Update,
  { seconds }: Extract<DeploymentStep, { kind: 'bake' }>,
  position: BakePosition,
): Promise<void> {
  const { alarms, faults } = dependencies;
  const names = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  const breached = new AbortController();
  const check = () => {
    const name = alarms.findBreach(names);
    if (name === undefined) return;
    const message = `One or more of the alarms configured for auto rollback are in ALARM state: [${name}]. The update was rolled back.`;
    breached.abort(new DeploymentFailure(message));
  };
  const stopWatching = alarms.onChange(check);
  try {
    check();
    breached.signal.throwIfAborted();
    const fault = faults.onBake(endpoint.name, position);
    // Fail after half of the bake, so that the failure is not at the same time as the shift.
    if (fault !== undefined) {
      await budget.spendEmulated(seconds * 500, breached.signal);
      throw new DeploymentFailure(fault.reason ?? 'The update failed.', fault.reason !== null);
    }
    await budget.spendEmulated(seconds * 1000, breached.signal);
  } finally {
    stopWatching();
  }
}
