import { describe, expect, it } from 'vitest';
import { createMachine, underFault, type StepFault } from './faults.ts';

/** Runs a step with a fault and records the events. */
async function runWithFault(
  fault: StepFault | undefined,
): Promise<{ readonly events: readonly string[]; readonly error: unknown }> {
  const events: string[] = [];
  const machine = createMachine();
  machine.died.addEventListener('abort', () => events.push('died'));
  let error: unknown;
  try {
    await underFault(
      fault,
      machine,
      () => events.push('cancelled'),
      async () => await Promise.resolve(events.push('worked')).then(() => undefined),
    );
  } catch (caught) {
    error = caught;
  }
  return { events, error };
}

describe('a step', () => {
  it('runs unchanged without a fault', async () => {
    expect(await runWithFault(undefined)).toEqual({ events: ['worked'], error: undefined });
  });

  it('does its work before it fails', async () => {
    const { events, error } = await runWithFault({ kind: 'fails' });
    expect(events).toEqual(['worked']);
    expect(error).toMatchObject({ message: 'failed on purpose, after its work' });
  });

  it.each([
    ['is-cancelled', 'cancelled'],
    ['machine-dies', 'died'],
  ] as const)('that is shorter than the time until it %s gets the fault at its end', async (kind, event) => {
    const { events, error } = await runWithFault({ kind, afterMilliseconds: 3_600_000 });
    expect(events).toEqual(['worked', event]);
    expect(error).toBeUndefined();
  });
});
