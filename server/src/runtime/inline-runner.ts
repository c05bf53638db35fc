import type { Runner } from '../batching/job.ts';
import type { Session } from './session.ts';

/** Runs a small model on the event loop's thread. `onRun` is called with the milliseconds of each run. */
export function createInlineRunner(
  session: Session,
  now: () => number,
  onRun: (runMilliseconds: number) => void,
): Runner {
  return {
    slots: 1,
    run: (inputs, done) => {
      const started = now();
      let outputs;
      try {
        outputs = session.run(inputs);
      } catch (error) {
        done({ kind: 'error', error });
        return;
      }
      const runMilliseconds = now() - started;
      onRun(runMilliseconds);
      done({ kind: 'outputs', outputs, runMilliseconds });
    },
    close: () => {
      session.release();
      return Promise.resolve();
    },
  };
}
