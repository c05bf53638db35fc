import { describe, expect, it } from 'vitest';
import { createSlowRunWatch } from './slow-run-watch.ts';

function watch(inlineLimitMilliseconds: number): { readonly hear: (milliseconds: number) => void; told: () => number } {
  let told = 0;
  return { hear: createSlowRunWatch(inlineLimitMilliseconds, () => told++), told: () => told };
}

describe('a slow-run watch', () => {
  it('calls back once if most runs are slow', () => {
    const { hear, told } = watch(0.3);
    for (let run = 1; run <= 24; run++) hear(10);
    expect(told()).toBe(0);
    for (let run = 25; run <= 200; run++) hear(10);
    expect(told()).toBe(1);
  });

  it('ignores single slow runs', () => {
    const { hear, told } = watch(0.3);
    for (let run = 0; run < 10_000; run++) hear(run % 3 === 0 ? 50 : 0.1);
    expect(told()).toBe(0);
  });

  it.each([
    [0.3, 5.9, 0],
    [0.3, 6, 1],
    [0.01, 4.9, 0],
    [0.01, 5, 1],
    [10, 199, 0],
    [10, 200, 1],
  ])('with a limit of %d ms takes a run of %d ms for slow: %d', (limit, milliseconds, expected) => {
    const { hear, told } = watch(limit);
    for (let run = 0; run < 100; run++) hear(milliseconds);
    expect(told()).toBe(expected);
  });
});
