import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchCheck } from './batch-check.ts';
import type { Job, JobOutcome, RunResult } from './job.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A model that doubles; -1 in any row makes the whole run fail. Runs end when the test says so. */
function createBench(
  options: { slots?: number; maxBatchRows?: number; maxDelay?: number; maxQueued?: number; check?: BatchCheck } = {},
) {
  let time = 0;
  let deferred: (() => void)[] = [];
  const timers: { at: number; callback: () => void; cancelled: boolean }[] = [];
  const underWay: { readonly inputs: readonly Tensor[]; readonly done: (result: RunResult) => void }[] = [];
  const batches: number[][] = [];
  const scheduler: Scheduler = createScheduler(
    {
      slots: options.slots ?? 1,
      run: (inputs, done) => {
        batches.push([...(inputs[0]?.data ?? [])].map(Number));
        underWay.push({ inputs, done });
      },
      close: async () => await Promise.resolve(),
    },
    {
      maxBatchRows: options.maxBatchRows ?? 100,
      maxBatchDelayMilliseconds: options.maxDelay ?? 0,
      maxQueuedJobs: options.maxQueued ?? 100,
      now: () => time,
      defer: (callback) => {
        deferred.push(callback);
      },
      delay: (milliseconds, callback) => {
        const timer = { at: time + milliseconds, callback, cancelled: false };
        timers.push(timer);
        return () => {
          timer.cancelled = true;
        };
      },
      check: options.check,
      onSettled: () => undefined,
      onRun: () => undefined,
    },
  );
  const turn = (): void => {
    const callbacks = deferred;
    deferred = [];
    for (const callback of callbacks) callback();
  };
  const finishRun = (): void => {
    const run = underWay.shift();
    const [tensor] = run?.inputs ?? [];
    if (run === undefined || !(tensor?.data instanceof Float32Array)) throw new Error('no run is under way');
    if (tensor.data.includes(-1)) run.done({ kind: 'error', error: new Error('bad row') });
    else
      run.done({ kind: 'outputs', outputs: [{ ...tensor, data: tensor.data.map((x) => x * 2) }], runMilliseconds: 1 });
    turn();
  };
  return {
    scheduler,
    batches,
    underWay,
    turn,
    finishRun,
    finishAll: () => {
      turn();
      while (underWay.length > 0) finishRun();
    },
    pass: (milliseconds: number) => {
      time += milliseconds;
      for (const timer of timers) {
        if (timer.at > time || timer.cancelled) continue;
        timer.cancelled = true;
        timer.callback();
      }
      turn();
    },
  };
}

function job(values: readonly number[], outcomes: JobOutcome[], extra: Partial<Job> = {}): Job {
  return {
    inputs: [{ type: 'float32', shape: [values.length], data: Float32Array.from(values) }],
    rows: values.length,
    batchKey: '',
    deadline: 1000,
    isAbandoned: () => false,
    settle: (outcome) => outcomes.push(outcome),
    ...extra,
  };
}

const resultOf = (outcome: JobOutcome | undefined): number[] | string | undefined => {
  if (outcome === undefined) return undefined;
  return outcome.kind === 'done' ? [...(outcome.outputs[0]?.data ?? [])].map(Number) : String(outcome.error);
};

describe('the scheduler', () => {
  it('runs the jobs of one turn together, and those that arrive meanwhile in the next run', () => {
    const bench = createBench();
    const outcomes: JobOutcome[] = [];
    bench.scheduler.submit(job([1], outcomes));
    bench.scheduler.submit(job([2, 3], outcomes));
    bench.turn();
    bench.scheduler.submit(job([4], outcomes));
    bench.scheduler.submit(job([5], outcomes));
    bench.turn();
    expect(bench.batches).toEqual([[1, 2, 3]]);
    bench.finishAll();
    expect(bench.batches).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(outcomes.map(resultOf)).toEqual([[2], [4, 6], [8], [10]]);
  });

  it('joins only jobs of one shape, in their order', () => {
    const bench = createBench();
    const outcomes: JobOutcome[] = [];
    for (const [value, batchKey] of [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
      [4, 'a'],
      [5, undefined],
      [6, undefined],
    ] as const) {
      bench.scheduler.submit(job([value], outcomes, { batchKey }));
    }
    bench.finishAll();
    expect(bench.batches).toEqual([[1, 2], [3], [4], [5], [6]]);
  });

  it('fails only the faulty job of a batch', () => {
    const bench = createBench();
    const outcomes = new Map<number, JobOutcome>();
    for (const value of [1, 2, -1, 4, 5, 6, 7]) {
      bench.scheduler.submit(job([value], [], { settle: (outcome) => outcomes.set(value, outcome) }));
    }
    bench.finishAll();
    expect(resultOf(outcomes.get(-1))).toBe('Error: bad row');
    for (const value of [1, 2, 4, 5, 6, 7]) expect(resultOf(outcomes.get(value))).toEqual([value * 2]);
  });

  it('keeps all slots busy and no more', () => {
    const bench = createBench({ slots: 2, maxBatchRows: 2 });
    for (let value = 1; value <= 6; value++) bench.scheduler.submit(job([value], []));
    bench.turn();
    expect(bench.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(bench.scheduler.load()).toEqual({ queued: 2, running: 2 });
  });

  it('refuses jobs beyond the queue with 429', () => {
    const bench = createBench({ maxQueued: 2 });
    bench.scheduler.submit(job([1], []));
    bench.scheduler.submit(job([2], []));
    expect(() => bench.scheduler.submit(job([3], []))).toThrow(
      expect.objectContaining({ status: 429, headers: { 'retry-after': '1' } }),
    );
  });

  it('drops late and abandoned jobs, also during a long run', () => {
    const bench = createBench();
    const outcomes: JobOutcome[] = [];
    bench.scheduler.submit(job([1], []));
    bench.turn();
    bench.scheduler.submit(job([2], outcomes, { deadline: 50 }));
    bench.scheduler.submit(job([3], outcomes, { isAbandoned: () => true }));
    bench.scheduler.submit(job([4], [], { deadline: 5000 }));
    bench.pass(1001);
    expect(outcomes.map(resultOf)).toEqual(Array(2).fill(expect.stringContaining('deadline')));
    bench.finishAll();
    expect(bench.batches).toEqual([[1], [4]]);
  });

  it('waits for the batch delay unless the batch is full', () => {
    const bench = createBench({ maxDelay: 10, maxBatchRows: 3 });
    bench.scheduler.submit(job([1], []));
    bench.turn();
    expect(bench.batches).toEqual([]);
    bench.pass(5);
    bench.scheduler.submit(job([2], []));
    bench.turn();
    bench.pass(5);
    expect(bench.batches).toEqual([[1, 2]]);
    bench.finishAll();
    for (const value of [3, 4, 5]) {
      expect(bench.batches).toHaveLength(1);
      bench.scheduler.submit(job([value], []));
      bench.turn();
    }
    expect(bench.batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  it('runs jobs alone if the outputs have fewer rows than the inputs', () => {
    const bench = createBench();
    const outcomes: JobOutcome[] = [];
    for (const value of [1, 2, 3]) bench.scheduler.submit(job([value], outcomes));
    bench.turn();
    bench.underWay.shift()?.done({
      kind: 'outputs',
      outputs: [{ type: 'float32', shape: [2], data: Float32Array.of(1, 2) }],
      runMilliseconds: 1,
    });
    bench.finishAll();
    expect(bench.batches).toEqual([[1, 2, 3], [1, 2], [3]]);
    expect(outcomes.map(resultOf)).toEqual([[2], [4], [6]]);
  });

  it('continues with the new runner after the current run', () => {
    const bench = createBench();
    const others: number[] = [];
    bench.scheduler.submit(job([1], []));
    bench.turn();
    bench.scheduler.replaceRunner({
      slots: 1,
      run: ([tensor], done) => {
        others.push(...[...(tensor?.data ?? [])].map(Number));
        done({ kind: 'error', error: new Error('none') });
      },
      close: async () => await Promise.resolve(),
    });
    bench.scheduler.submit(job([2], []));
    bench.finishAll();
    expect([bench.batches, others]).toEqual([[[1]], [2]]);
  });

  it('splits a large job and joins the outputs', () => {
    const bench = createBench({ maxBatchRows: 2 });
    const outcomes: JobOutcome[] = [];
    bench.scheduler.submit(job([1, 2, 3, 4, 5], outcomes));
    bench.finishAll();
    expect(bench.batches).toEqual([[1, 2], [3, 4], [5]]);
    expect(outcomes.map(resultOf)).toEqual([[2, 4, 6, 8, 10]]);
  });

  it('fails a large job whose parts are not answered row by row', () => {
    const bench = createBench({ maxBatchRows: 2 });
    const outcomes: JobOutcome[] = [];
    const outputs: Tensor[] = [{ type: 'float32', shape: [1], data: Float32Array.of(3) }];
    bench.scheduler.replaceRunner({
      slots: 1,
      run: (_, done) => done({ kind: 'outputs', outputs, runMilliseconds: 1 }),
      close: async () => await Promise.resolve(),
    });
    bench.scheduler.submit(job([1, 2, 3], outcomes));
    bench.finishAll();
    expect(outcomes).toMatchObject([{ kind: 'failed' }]);
    expect(outcomes.map((outcome) => (outcome.kind === 'failed' ? String(outcome.error) : ''))).toEqual([
      'Error: the model does not answer 2 rows with as many: set BATCHING=off',
    ]);
  });

  it('lets a check run rows of a batch again, and is idle only after it', async () => {
    const ends: (() => void)[] = [];
    const considered: number[] = [];
    const check: BatchCheck = {
      isRunning: () => ends.length > 0,
      consider: (batch, _outputs, run, ended) => {
        considered.push(batch.length);
        run(batch[0]?.inputs ?? [], () => undefined);
        ends.push(ended);
      },
    };
    const bench = createBench({ check });
    const outcomes: JobOutcome[] = [];
    for (const value of [1, 2]) bench.scheduler.submit(job([value], outcomes));
    bench.finishAll();
    expect([considered, bench.batches, outcomes.map(resultOf)]).toEqual([[2], [[1, 2], [1]], [[2], [4]]]);
    let isIdle = false;
    const idle = bench.scheduler.idle().then(() => (isIdle = true));
    bench.turn();
    await Promise.resolve();
    expect(isIdle).toBe(false);
    ends.splice(0).forEach((ended) => ended());
    await idle;
  });

  it('joins no jobs any more once batching is stopped, also not those that wait', () => {
    const bench = createBench();
    const outcomes: JobOutcome[] = [];
    for (const value of [1, 2]) bench.scheduler.submit(job([value], outcomes));
    bench.scheduler.stopBatching();
    bench.finishAll();
    expect(bench.batches).toEqual([[1], [2]]);
  });

  it('becomes idle when no job waits or runs', async () => {
    const bench = createBench();
    bench.scheduler.submit(job([1], []));
    bench.turn();
    let isIdle = false;
    const idle = bench.scheduler.idle().then(() => (isIdle = true));
    bench.turn();
    await Promise.resolve();
    expect(isIdle).toBe(false);
    bench.finishAll();
    await idle;
    expect(isIdle).toBe(true);
  });

  it('settles every job once with its own rows, in any order of events', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('submit' as const),
        values: fc.array(fc.integer({ min: -1, max: 50 }), { minLength: 1, maxLength: 6 }),
      }),
      fc.constant({ kind: 'turn' as const }),
      fc.constant({ kind: 'finish' as const }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        (steps, slots, maxBatchRows) => {
          const bench = createBench({ slots, maxBatchRows });
          const answers: { readonly values: readonly number[]; readonly outcomes: JobOutcome[] }[] = [];
          for (const event of steps) {
            if (event.kind === 'turn') bench.turn();
            else if (event.kind === 'finish') {
              if (bench.underWay.length > 0) bench.finishRun();
            } else {
              const outcomes: JobOutcome[] = [];
              answers.push({ values: event.values, outcomes });
              bench.scheduler.submit(job(event.values, outcomes));
            }
          }
          bench.finishAll();
          for (const { values, outcomes } of answers) {
            const expected = values.includes(-1) ? 'Error: bad row' : values.map((value) => value * 2);
            expect(outcomes.map(resultOf)).toEqual([expected]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
