import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** A clock that moves only when advanced: an update of hours takes milliseconds. */
export interface VirtualClock extends Clock {
  /** Advances the time: waits that end within it resolve in order, each at its own time. */
  advance(milliseconds: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A virtual clock that starts at a moment. */
export function createVirtualClock(start = new Date('2026-01-31T12:00:00Z')): VirtualClock {
  let now = start.getTime();
  const timers = new Set<Timer>();
  const wait = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(asError(signal.reason));
        return;
      }
      const timer: Timer = {
        at: now + Math.max(0, milliseconds),
        fire: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = () => {
        timers.delete(timer);
        reject(asError(signal?.reason));
      };
      signal?.addEventListener('abort', abort, { once: true });
      timers.add(timer);
    });
  const earliest = (until: number) => {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  };
  return {
    now: () => new Date(now),
    waitEmulated: wait,
    waitReal: wait,
    lasting: (emulatedMilliseconds) => emulatedMilliseconds,
    async advance(milliseconds) {
      const until = now + milliseconds;
      // Operations that were started before may not have reached their wait yet.
      await setImmediate();
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer);
        now = timer.at;
        timer.fire();
        await setImmediate();
      }
      now = until;
    },
  };
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
