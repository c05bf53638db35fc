import { expect, it } from 'vitest';
import { retrying } from './retry.ts';

/** Fails as often as there are errors, then succeeds; gives the waits too. */
async function run(errors: readonly string[]): Promise<{ readonly result: string; readonly waits: readonly number[] }> {
  const left = [...errors];
  const waits: number[] = [];
  const policy = {
    attempts: 4,
    firstWaitMilliseconds: 100,
    sleep: (milliseconds: number) => Promise.resolve(waits.push(milliseconds)),
    isTransient: (error: unknown) => error instanceof Error && error.message !== 'final',
  };
  const result = await retrying(policy, () => {
    const next = left.shift();
    return next === undefined ? Promise.resolve('done') : Promise.reject(new Error(next));
  }).catch((error: unknown) => String(error));
  return { result, waits };
}

it.each([
  [[], 'done', []],
  [['once', 'twice'], 'done', [100, 200]],
  [['one', 'two', 'three', 'four'], 'Error: four', [100, 200, 400]],
  [['one', 'final'], 'Error: final', [100]],
])('after %j ends with %s', async (errors, result, waits) => {
  expect(await run(errors)).toEqual({ result, waits });
});
