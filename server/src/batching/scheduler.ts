import type { BatchCheck } from './batch-check.ts';
import { joinInputs, settleParts, splitsEvenly, totalRows } from './batch.ts';
import { createJobQueue } from './job-queue.ts';
import type { Job, Runner, RunResult } from './job.ts';
import { splitJob } from './split-job.ts';
import { Problem } from '../errors/problem.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface SchedulerOptions {
  readonly maxBatchRows: number;
  readonly maxBatchDelayMilliseconds: number;
  readonly maxQueuedJobs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Calls back after the current turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  /** Calls back after a delay; returns its cancellation. */
  readonly delay: (milliseconds: number, callback: () => void) => () => void;
  /** Looks at batches; undefined: no batch is checked. */
  readonly check?: BatchCheck | undefined;
  /** Called when all jobs of a batch are settled: their responses can be sent together. */
  readonly onSettled: () => void;
  /** Called after each successful run. */
  readonly onRun: (run: { readonly jobs: number; readonly rows: number; readonly milliseconds: number }) => void;
}

/** Running and waiting jobs, for metrics and draining. */
interface SchedulerLoad {
  readonly queued: number;
  readonly running: number;
}

/** The queue of a model: it forms batches from the jobs that wait during a run. */
export interface Scheduler {
  /** @throws Problem 429 when the queue is full */
  readonly submit: (job: Job) => void;
  readonly load: () => SchedulerLoad;
  /** Replaces the runner, from the next batch on. */
  readonly replaceRunner: (runner: Runner) => void;
  /** From now on no jobs share a run. */
  readonly stopBatching: () => void;
  /** Resolves when nothing waits or runs. */
  readonly idle: () => Promise<void>;
}

/** How long an inline scheduler may keep the event loop before it lets other work in. */
const turnLimitMilliseconds = 2;

/** Makes the queue of one model. */
export function createScheduler(initialRunner: Runner, options: SchedulerOptions): Scheduler {
  let runner = initialRunner;
  let { maxBatchRows } = options;
  const queue = createJobQueue(() => maxBatchRows, expire);
  /** Halves of failed batches; they run first. */
  const retries: (readonly Job[])[] = [];
  let running = 0;
  let flushPlanned = false;
  let cancelDelay: (() => void) | undefined;
  let cancelSweep: (() => void) | undefined;
  const idleWaiters: (() => void)[] = [];

  const hasWork = (): boolean => retries.length > 0 || queue.length() > 0;

  const plan = (): void => {
    if (flushPlanned) return;
    flushPlanned = true;
    options.defer(() => {
      flushPlanned = false;
      flush();
    });
  };

  const flush = (): void => {
    const started = options.now();
    while (running < runner.slots && hasWork()) {
      if (shouldWaitForMore(started)) break;
      const batch = retries.shift() ?? queue.takeBatch(options.now());
      if (batch.length === 0) continue;
      run(batch);
      if (options.now() - started > turnLimitMilliseconds) {
        if (hasWork()) plan();
        break;
      }
    }
    planSweep();
    announceIdle();
  };

  const shouldWaitForMore = (now: number): boolean => {
    if (options.maxBatchDelayMilliseconds === 0 || retries.length > 0) return false;
    if (queue.length() > 0 && delayedUntil > now && queue.rows() < maxBatchRows) {
      cancelDelay ??= options.delay(delayedUntil - now, () => {
        cancelDelay = undefined;
        delayedUntil = 0;
        flush();
      });
      return true;
    }
    cancelDelay?.();
    cancelDelay = undefined;
    return false;
  };
  /** Time until which the first waiting job may wait for others. */
  let delayedUntil = 0;

  const run = (batch: readonly Job[]): void => {
    const only = batch[0];
    if (only === undefined) return;
    running++;
    let inputs: readonly Tensor[];
    try {
      inputs = batch.length === 1 ? only.inputs : joinInputs(batch);
    } catch (error) {
      finish(batch, { kind: 'error', error });
      return;
    }
    let isFinished = false;
    const done = (result: RunResult): void => {
      if (isFinished) return;
      isFinished = true;
      finish(batch, result);
    };
    try {
      runner.run(inputs, done);
    } catch (error) {
      done({ kind: 'error', error });
    }
  };

  const finish = (batch: readonly Job[], result: RunResult): void => {
    running--;
    const only = batch[0];
    if (result.kind === 'outputs') {
      options.onRun({ jobs: batch.length, rows: totalRows(batch), milliseconds: result.runMilliseconds });
    }
    if (result.kind === 'outputs' && only !== undefined && batch.length === 1) {
      only.settle({
        kind: 'done',
        outputs: result.outputs,
        batchRows: only.rows,
        runMilliseconds: result.runMilliseconds,
      });
    } else if (result.kind === 'outputs' && splitsEvenly(batch, result.outputs)) {
      options.check?.consider(
        batch,
        result.outputs,
        (inputs, done) => runner.run(inputs, done),
        () => announceIdle(),
      );
      settleParts(batch, result.outputs, result.runMilliseconds);
    } else if (batch.length > 1) {
      // Only the faulty job may fail: halve the batch until it is alone.
      const middle = Math.ceil(batch.length / 2);
      retries.push(batch.slice(0, middle), batch.slice(middle));
    } else if (only !== undefined) {
      only.settle({ kind: 'failed', error: result.kind === 'error' ? result.error : new Error('no output') });
    }
    if (hasWork()) plan();
    options.onSettled();
    announceIdle();
  };

  // During a long run the queue does not move: a timer checks the deadlines.
  const planSweep = (): void => {
    if (cancelSweep !== undefined || queue.length() === 0) return;
    cancelSweep = options.delay(1000, () => {
      cancelSweep = undefined;
      queue.dropLate(options.now());
      planSweep();
      announceIdle();
    });
  };

  const announceIdle = (): void => {
    if (running > 0 || hasWork() || options.check?.isRunning() === true) return;
    for (const resolve of idleWaiters.splice(0)) resolve();
  };

  return {
    submit: (job) => {
      const queued = queue.length();
      if (queued >= options.maxQueuedJobs) {
        throw new Problem(429, `the model has ${queued} requests waiting, which is its limit; try again later`, {
          headers: { 'retry-after': '1' },
        });
      }
      if (queued === 0 && options.maxBatchDelayMilliseconds > 0) {
        delayedUntil = options.now() + options.maxBatchDelayMilliseconds;
      }
      if (job.rows > maxBatchRows) splitJob(job, maxBatchRows).forEach(queue.add);
      else queue.add(job);
      if (running < runner.slots) plan();
      else planSweep();
    },
    load: () => ({ queued: queue.length(), running }),
    replaceRunner: (next) => {
      runner = next;
      plan();
    },
    stopBatching: () => {
      maxBatchRows = 1;
    },
    idle: async () => {
      await new Promise<void>((resolve) => {
        idleWaiters.push(resolve);
        plan();
      });
    },
  };
}

function expire(job: Job): void {
  job.settle({
    kind: 'failed',
    error: new Problem(503, 'the request waited longer than its deadline and did not run', {
      headers: { 'retry-after': '1' },
    }),
  });
}
