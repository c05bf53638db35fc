import type { Clock } from '../core/clock.ts';
import { DeploymentFailure } from './deployment-failure.ts';

/** The rest of MaximumExecutionTimeoutInSeconds: emulated waits count in full, real work with its real duration. */
export interface TimeBudget {
  /** An emulated wait. @throws DeploymentFailure when the budget ends first; the signal's reason when aborted. */
  spendEmulated(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Real work; the signal aborts when the budget ends. @throws DeploymentFailure then. */
  spendReal(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

/** A budget that also ends with `lifetime`. */
export function createTimeBudget(clock: Clock, seconds: number, lifetime: AbortSignal): TimeBudget {
  let leftMilliseconds = seconds * 1000;
  const exhausted = () =>
    new DeploymentFailure(`The update did not complete within MaximumExecutionTimeoutInSeconds (${seconds}).`);
  return {
    async spendEmulated(milliseconds, signal) {
      const possible = Math.min(milliseconds, leftMilliseconds);
      leftMilliseconds -= possible;
      const either = signal === undefined ? lifetime : AbortSignal.any([signal, lifetime]);
      if (possible > 0) await clock.waitEmulated(possible, either);
      if (possible < milliseconds) throw exhausted();
    },
    async spendReal(work) {
      const deadline = new AbortController();
      const finished = new AbortController();
      const startedAt = clock.now().getTime();
      clock.waitReal(leftMilliseconds, finished.signal).then(
        () => {
          deadline.abort(exhausted());
        },
        () => undefined,
      );
      try {
        await work(AbortSignal.any([deadline.signal, lifetime]));
      } finally {
        finished.abort();
        leftMilliseconds -= clock.now().getTime() - startedAt;
      }
    },
  };
}
