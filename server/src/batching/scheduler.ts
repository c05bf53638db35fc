import { Problem } from '../http/problem.ts';
import { splitJob } from './split-job.ts';
import { concatenateRows, sliceRows, type Tensor } from '../model/tensor.ts';

/** One request's share of work. `settle` is called exactly once. */
export interface Job {
  /** One tensor per model input, in order. */
  readonly inputs: readonly Tensor[];
  /** Length of the shared first dimension; 1 where the model has none. */
  readonly rows: number;
  /** Jobs run together only if their keys are equal; undefined: always alone. */
  readonly batchKey: string | undefined;
  /** Clock milliseconds after which nobody waits for the answer. */
  readonly deadline: number;
  /** True once the caller has gone, so that the work can be dropped. */
  readonly isAbandoned: () => boolean;
  readonly settle: (outcome: JobOutcome) => void;
}

export type JobOutcome =
  | {
      readonly kind: 'done';
      readonly outputs: readonly Tensor[];
      readonly batchRows: number;
      readonly runMilliseconds: number;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Runs the model somewhere. `done` may be called before `run` returns (inline) or later (worker threads). */
export interface Runner {
  /** Runs that may be under way at once. */
  readonly slots: number;
  readonly run: (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;
  /** Stops between runs, never inside one. */
  readonly close: () => Promise<void>;
}

export type RunResult =
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[]; readonly runMilliseconds: number }
  | { readonly kind: 'error'; readonly error: unknown };

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
  /** Hears that a batch of jobs has been settled, so that their answers can be sent together. */
  readonly onSettled: () => void;
  /** Hears of each run that succeeded. */
  readonly onRun: (run: { readonly jobs: number; readonly rows: number; readonly milliseconds: number }) => void;
}

/** Work under way and waiting, for metrics and draining. */
export interface SchedulerLoad {
  readonly queued: number;
  readonly running: number;
}

/** One model's queue: it forms batches from what waits while runs are under way. */
export interface Scheduler {
  /** @throws Problem 429 when the queue is full */
  readonly submit: (job: Job) => void;
  readonly load: () => SchedulerLoad;
  /** Lets another runner take over, from the next batch on. */
  readonly replaceRunner: (runner: Runner) => void;
  /** Resolves when nothing waits or runs. */
  readonly idle: () => Promise<void>;
}

/** How long an inline scheduler may keep the event loop before it lets other work in. */
const turnBudgetMilliseconds = 2;

/** Makes the queue of one model. */
export function createScheduler(initialRunner: Runner, options: SchedulerOptions): Scheduler {
  let runner = initialRunner;
  let queue: Job[] = [];
  let head = 0;
  /** Halves of failed batches, which go before everything else. */
  const retries: (readonly Job[])[] = [];
  let running = 0;
  let flushPlanned = false;
  let cancelDelay: (() => void) | undefined;
  let cancelSweep: (() => void) | undefined;
  const idleWaiters: (() => void)[] = [];

  const queued = (): number => queue.length - head;

  const plan = (): void => {
    if (flushPlanned) return;
    flushPlanned = true;
    options.defer(() => {
      flushPlanned = false;
      flush();
    });
  };

  /** The next jobs to run together, in order of arrival; empty when nothing waits. */
  const takeBatch = (): readonly Job[] => {
    const retry = retries.shift();
    if (retry !== undefined) return retry;
    const batch: Job[] = [];
    let rows = 0;
    const now = options.now();
    while (head < queue.length) {
      const job = queue[head];
      if (job === undefined) break;
      if (job.isAbandoned() || job.deadline <= now) {
        head++;
        expire(job);
        continue;
      }
      const first = batch[0];
      if (first !== undefined) {
        if (first.batchKey === undefined || first.batchKey !== job.batchKey) break;
        if (rows + job.rows > options.maxBatchRows) break;
      }
      batch.push(job);
      rows += job.rows;
      head++;
      if (job.batchKey === undefined) break;
    }
    if (head === queue.length) {
      queue = [];
      head = 0;
    } else if (head > 1024) {
      queue = queue.slice(head);
      head = 0;
    }
    return batch;
  };

  const flush = (): void => {
    const started = options.now();
    while (running < runner.slots && (retries.length > 0 || head < queue.length)) {
      if (shouldWaitForMore(started)) break;
      const batch = takeBatch();
      if (batch.length === 0) continue;
      run(batch);
      if (options.now() - started > turnBudgetMilliseconds) {
        if (head < queue.length || retries.length > 0) plan();
        break;
      }
    }
    planSweep();
    announceIdle();
  };

  const shouldWaitForMore = (now: number): boolean => {
    if (options.maxBatchDelayMilliseconds === 0 || retries.length > 0 || cancelDelay !== undefined) {
      return cancelDelay !== undefined;
    }
    const first = queue[head];
    if (first === undefined || delayedUntil <= now) return false;
    let rows = 0;
    for (let index = head; index < queue.length; index++) rows += queue[index]?.rows ?? 0;
    if (rows >= options.maxBatchRows) return false;
    cancelDelay = options.delay(delayedUntil - now, () => {
      cancelDelay = undefined;
      delayedUntil = 0;
      flush();
    });
    return true;
  };
  /** Until when the first waiting job may wait for company. */
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
      settleParts(batch, result.outputs, result.runMilliseconds);
    } else if (batch.length > 1) {
      // Only the guilty request may fail: halve until it stands alone.
      const middle = Math.ceil(batch.length / 2);
      retries.push(batch.slice(0, middle), batch.slice(middle));
    } else if (only !== undefined) {
      only.settle({ kind: 'failed', error: result.kind === 'error' ? result.error : new Error('no output') });
    }
    if (retries.length > 0 || head < queue.length) plan();
    options.onSettled();
    announceIdle();
  };

  const expire = (job: Job): void => {
    job.settle({
      kind: 'failed',
      error: new Problem(503, 'the request waited longer than its deadline and was not run', {
        headers: { 'retry-after': '1' },
      }),
    });
  };

  // Behind a long run nothing is taken from the queue, so deadlines are looked after by a timer as well.
  const planSweep = (): void => {
    if (cancelSweep !== undefined || head >= queue.length) return;
    cancelSweep = options.delay(1000, () => {
      cancelSweep = undefined;
      const now = options.now();
      const waiting = queue.slice(head);
      head = 0;
      queue = waiting.filter((job) => job.deadline > now && !job.isAbandoned());
      for (const job of waiting) if (job.deadline <= now || job.isAbandoned()) expire(job);
      planSweep();
      announceIdle();
    });
  };

  const announceIdle = (): void => {
    if (running > 0 || retries.length > 0 || head < queue.length) return;
    for (const resolve of idleWaiters.splice(0)) resolve();
  };

  return {
    submit: (job) => {
      if (queued() >= options.maxQueuedJobs) {
        throw new Problem(429, `the model has ${queued()} requests waiting, which is its limit; try again later`, {
          headers: { 'retry-after': '1' },
        });
      }
      if (head === queue.length && options.maxBatchDelayMilliseconds > 0) {
        delayedUntil = options.now() + options.maxBatchDelayMilliseconds;
      }
      if (job.rows > options.maxBatchRows) queue.push(...splitJob(job, options.maxBatchRows));
      else queue.push(job);
      if (running < runner.slots) plan();
      else planSweep();
    },
    load: () => ({ queued: queued(), running }),
    replaceRunner: (next) => {
      runner = next;
      plan();
    },
    idle: async () => {
      await new Promise<void>((resolve) => {
        idleWaiters.push(resolve);
        plan();
      });
    },
  };
}

function joinInputs(batch: readonly Job[]): Tensor[] {
  const joined: Tensor[] = [];
  const count = batch[0]?.inputs.length ?? 0;
  for (let index = 0; index < count; index++) {
    const parts: Tensor[] = [];
    for (const job of batch) {
      const part = job.inputs[index];
      if (part !== undefined) parts.push(part);
    }
    joined.push(concatenateRows(parts));
  }
  return joined;
}

function totalRows(batch: readonly Job[]): number {
  let rows = 0;
  for (const job of batch) rows += job.rows;
  return rows;
}

function splitsEvenly(batch: readonly Job[], outputs: readonly Tensor[]): boolean {
  const rows = totalRows(batch);
  return outputs.every(({ shape }) => shape[0] === rows);
}

function settleParts(batch: readonly Job[], outputs: readonly Tensor[], runMilliseconds: number): void {
  const batchRows = totalRows(batch);
  let start = 0;
  for (const job of batch) {
    const end = start + job.rows;
    const first = start;
    const parts = outputs.map((output) => sliceRows(output, first, end));
    job.settle({ kind: 'done', outputs: parts, batchRows, runMilliseconds });
    start = end;
  }
}
