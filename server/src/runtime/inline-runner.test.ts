import { describe, expect, it } from 'vitest';
import type { RunResult } from '../batching/job.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { createInlineRunner } from './inline-runner.ts';

const row = (value: number): Tensor[] => [{ type: 'float32', shape: [1], data: Float32Array.of(value) }];

function createStage() {
  const ran: string[] = [];
  const results: RunResult['kind'][] = [];
  const session = {
    inputs: [],
    outputs: [],
    run: ([tensor]: readonly Tensor[]) => {
      ran.push(`here ${String(tensor?.data[0])}`);
      return [];
    },
    release: () => undefined,
  };
  const runner = createInlineRunner(session, {
    now: () => 0,
    onRun: () => undefined,
    beforeRun: ([tensor]) => {
      if (Number(tensor?.data[0]) > 100) runner.hold();
    },
  });
  const other = {
    slots: 1,
    run: ([tensor]: readonly Tensor[], done: (result: RunResult) => void) => {
      ran.push(`there ${String(tensor?.data[0])}`);
      done({ kind: 'outputs', outputs: [], runMilliseconds: 1 });
    },
    close: async () => await Promise.resolve(),
  };
  const run = (value: number): void => runner.run(row(value), ({ kind }) => results.push(kind));
  return { runner, other, run, ran, results };
}

describe('an inline runner', () => {
  it('holds a run that is too long, and those after it, for the next runner', () => {
    const { runner, other, run, ran, results } = createStage();
    for (const value of [1, 200, 2]) run(value);
    expect([ran, results]).toEqual([['here 1'], ['outputs']]);
    runner.handOver(other);
    expect(ran).toEqual(['here 1', 'there 200', 'there 2']);
    expect(results).toHaveLength(3);
  });

  it('runs what it holds itself if there is no other runner', () => {
    const { runner, run, ran } = createStage();
    for (const value of [200, 2]) run(value);
    runner.handOver(undefined);
    run(3);
    expect(ran).toEqual(['here 200', 'here 2', 'here 3']);
  });
});
