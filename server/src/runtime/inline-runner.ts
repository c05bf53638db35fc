import type { Runner, RunResult } from '../batching/job.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Session } from './session.ts';

export interface InlineOptions {
  readonly now: () => number;
  /** Called with the milliseconds of each run. */
  readonly onRun: (runMilliseconds: number) => void;
  /** Called before a run; it may call `hold`, if these inputs would keep the event loop for too long. */
  readonly beforeRun: (inputs: readonly Tensor[]) => void;
}

/** Runs a small model on the event loop's thread, until the model moves to worker threads. */
export interface InlineRunner extends Runner {
  /** From now on runs wait. */
  readonly hold: () => void;
  /** Gives the waiting runs to another runner; undefined: they run here, as there is none. */
  readonly handOver: (next: Runner | undefined) => void;
}

export function createInlineRunner(session: Session, { now, onRun, beforeRun }: InlineOptions): InlineRunner {
  let isHolding = false;
  const held: Parameters<Runner['run']>[] = [];

  const run: Runner['run'] = (inputs, done) => {
    if (!isHolding) beforeRun(inputs);
    if (isHolding) held.push([inputs, done]);
    else done(runNow(inputs));
  };

  const runNow = (inputs: readonly Tensor[]): RunResult => {
    const started = now();
    try {
      const outputs = session.run(inputs);
      return { kind: 'outputs', outputs, runMilliseconds: now() - started };
    } catch (error) {
      return { kind: 'error', error };
    } finally {
      onRun(now() - started);
    }
  };

  return {
    slots: 1,
    run,
    hold: () => {
      isHolding = true;
    },
    handOver: (next) => {
      isHolding = false;
      for (const [inputs, done] of held.splice(0)) {
        if (next === undefined) done(runNow(inputs));
        else next.run(inputs, done);
      }
    },
    close: () => {
      session.release();
      return Promise.resolve();
    },
  };
}
