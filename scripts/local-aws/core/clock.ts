import { setTimeout as delay } from 'node:timers/promises';

/** The clock of the local AWS. Emulated waits (baking, alarm periods) are given in emulated milliseconds. */
export interface Clock {
  readonly now: () => Date;
  /** Resolves after an emulated wait; rejects with the signal's reason when aborted. */
  waitEmulated(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Resolves after a wait that is not accelerated, for real processes. */
  waitReal(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** The duration of emulated milliseconds on this clock, for alarm periods and metric windows. */
  readonly lasting: (emulatedMilliseconds: number) => number;
}

const MAXIMUM_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** The machine's clock; emulated waits run `acceleration` times faster, timestamps stay real. */
export function createRealClock(acceleration = 1): Clock {
  if (!(acceleration >= 1)) throw new RangeError(`acceleration must be at least 1, found ${acceleration}.`);
  const wait = async (milliseconds: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    // A longer timer would fire at once.
    const bounded = Math.min(milliseconds, MAXIMUM_TIMER_MILLISECONDS);
    await delay(bounded, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  };
  return {
    now: () => new Date(),
    waitEmulated: (milliseconds, signal) => wait(milliseconds / acceleration, signal),
    waitReal: wait,
    lasting: (emulatedMilliseconds) => emulatedMilliseconds / acceleration,
  };
}
