import { describe, expect, it } from 'vitest';
import { createSlowRunWatch } from './slow-run-watch.ts';

function watch(inlineLimitMilliseconds: number): {
  readonly record: (milliseconds: number) => void;
  calls: () => number;
} {
  let calls = 0;
  return { record: createSlowRunWatch(inlineLimitMilliseconds, () => calls++), calls: () => calls };
}

describe('a slow-run watch', () => {
  it('calls back once if most runs are slow', () => {
    const { record, calls } = watch(0.3);
    for (let run = 1; run <= 24; run++) record(10);
    expect(calls()).toBe(0);
    for (let run = 25; run <= 200; run++) record(10);
    expect(calls()).toBe(1);
  });

  it('ignores single slow runs', () => {
    const { record, calls } = watch(0.3);
    for (let run = 0; run < 10_000; run++) record(run % 3 === 0 ? 50 : 0.1);
    expect(calls()).toBe(0);
  });

  it.each([
    [0.3, 5.9, 0],
    [0.3, 6, 1],
    [0.01, 4.9, 0],
    [0.01, 5, 1],
    [10, 199, 0],
    [10, 200, 1],
  ])('with a limit of %d ms counts runs of %d ms as slow: %d', (limit, milliseconds, expected) => {
    const { record, calls } = watch(limit);
    for (let run = 0; run < 100; run++) record(milliseconds);
    expect(calls()).toBe(expected);
  });
});
