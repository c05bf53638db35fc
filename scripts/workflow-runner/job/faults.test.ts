import { describe, expect, it } from 'vitest';
import { createMachine, underFault, type StepFault } from './faults.ts';

/** A step that ends when it is told to; what struck it meanwhile is recorded. */
async function strike(
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
  it('is left alone without a fault', async () => {
    expect(await strike(undefined)).toEqual({ events: ['worked'], error: undefined });
  });

  it('does its work before it fails', async () => {
    const { events, error } = await strike({ kind: 'fails' });
    expect(events).toEqual(['worked']);
    expect(error).toMatchObject({ message: 'failed on purpose, after its work' });
  });

  it.each([
    ['is-cancelled', 'cancelled'],
    ['machine-dies', 'died'],
  ] as const)('that is shorter than the time until it %s is struck at its end', async (kind, event) => {
    const { events, error } = await strike({ kind, afterMilliseconds: 3_600_000 });
    expect(events).toEqual(['worked', event]);
    expect(error).toBeUndefined();
  });
});
