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
  it('calls back once when slow runs have taken 250 ms more than fast ones', () => {
    const { record, calls } = watch(0.3);
    for (let run = 1; run <= 12; run++) record(26);
    expect(calls()).toBe(0);
    for (let run = 13; run <= 200; run++) record(26);
    expect(calls()).toBe(1);
  });

  it.each([
    [0.3, 99, 0],
    [0.3, 100, 1],
    [10, 199, 0],
    [10, 200, 1],
  ])('with a limit of %d ms calls back after one run of %d ms: %d', (limit, milliseconds, expected) => {
    const { record, calls } = watch(limit);
    record(milliseconds);
    expect(calls()).toBe(expected);
  });

  it('ignores single slow runs, as a busy machine causes them', () => {
    const { record, calls } = watch(0.3);
    for (let run = 0; run < 10_000; run++) record(run % 10 === 0 ? 50 : 0.1);
    expect(calls()).toBe(0);
  });

  it('never calls back for runs below the slow ones', () => {
    const { record, calls } = watch(0.3);
    for (let run = 0; run < 10_000; run++) record(5.9);
    expect(calls()).toBe(0);
  });
});
