import { describe, expect, it } from 'vitest';
import { createBatchCheck, createCpuMeter, type BatchCheckResult } from './batch-check.ts';
import type { Job, RunResult } from './job.ts';
import type { Tensor } from '../tensor/tensor.ts';

const column = (...values: number[]): Tensor => ({
  type: 'float32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
});
const job = (...values: number[]): Job => ({
  inputs: [column(...values)],
  rows: values.length,
  batchKey: '1',
  deadline: Infinity,
  isAbandoned: () => false,
  settle: () => undefined,
});
const doubled = ([x]: readonly Tensor[], done: (result: RunResult) => void): void => {
  const values = [...(x?.data ?? [])].map((value) => 2 * Number(value));
  done({ kind: 'outputs', outputs: [column(...values)], runMilliseconds: 1 });
};

function createStage(share = 0.1) {
  let time = 0;
  let deferred: (() => void)[] = [];
  const results: BatchCheckResult[] = [];
  const check = createBatchCheck({
    tolerance: 1e-5,
    now: () => time,
    cpuShare: () => share,
    defer: (callback) => deferred.push(callback),
    onChecked: (result) => results.push(result),
  });
  let ended = 0;
  return {
    results,
    ended: () => ended,
    isRunning: check.isRunning,
    consider: (...outputs: number[]) =>
      check.consider([job(1, 2), job(3)], [column(...outputs)], doubled, () => ended++),
    turns: (count: number) => {
      for (let turn = 0; turn < count; turn++) {
        const callbacks = deferred;
        deferred = [];
        for (const callback of callbacks) callback();
      }
    },
    pass: (milliseconds: number) => (time += milliseconds),
  };
}

describe('a batch check', () => {
  it('runs every row again, one in each turn, and finds that they agree', () => {
    const { consider, turns, results, isRunning, ended } = createStage();
    consider(2, 4, 6);
    turns(3);
    expect([results, isRunning(), ended()]).toEqual([[], true, 0]);
    turns(1);
    expect([results, isRunning(), ended()]).toEqual([[{ agrees: true, rows: 3, difference: 0 }], false, 1]);
  });

  it('ends at the first row that disagrees', () => {
    const { consider, turns, results } = createStage();
    consider(2, 5, 6);
    turns(2);
    expect(results).toEqual([{ agrees: false, rows: 3, difference: 0.25 }]);
  });

  it('runs at most once a minute, and not on a busy machine', () => {
    const idle = createStage();
    idle.consider(2, 4, 6);
    idle.turns(4);
    idle.pass(59_999);
    idle.consider(2, 5, 6);
    expect(idle.isRunning()).toBe(false);
    idle.pass(1);
    idle.consider(2, 5, 6);
    expect(idle.isRunning()).toBe(true);
    const busy = createStage(0.7);
    busy.consider(2, 5, 6);
    expect(busy.isRunning()).toBe(false);
  });
});

describe('a CPU meter', () => {
  it('has the share of all processors since the last call, and counts as busy at first', () => {
    let time = 0;
    let user = 0;
    const share = createCpuMeter(
      2,
      () => time,
      () => ({ user, system: 0 }),
    );
    expect(share()).toBe(1);
    time = 2000;
    user = 1_000_000;
    expect(share()).toBe(0.25);
    time = 2500;
    user = 9_000_000;
    expect(share()).toBe(0.25);
  });
});
