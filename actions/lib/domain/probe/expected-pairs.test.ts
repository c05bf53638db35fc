import { expect, it } from 'vitest';
import type { Environment } from '../environment/environment.ts';
import type { ProbeSettings } from '../environment/probes.ts';
import { expectedPairs } from './expected-pairs.ts';

const HALF = { unit: 'percent', value: 50 } as const;
const probed = (intervalSeconds: number): ProbeSettings => ({
  ...{ intervalSeconds, latencyRatio: 1.25, errorPercentagePoints: 0.5, whenInconclusive: 'continue' },
});
const waits = { waitIntervalSeconds: 60, terminationWaitSeconds: 120, maximumExecutionTimeoutSeconds: 1800 };

it.each<[string, Environment['swap'], number, number]>([
  // 4 answers in each of 6 and 12 rounds, less 5 after each shift.
  ['a canary', { strategy: 'canary', canarySize: HALF, ...waits }, 10, 19 + 43],
  ['two linear steps', { strategy: 'linear', stepSize: HALF, ...waits }, 10, 19 + 67],
  ['all at once', { strategy: 'all-at-once', terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 600 }, 10, 19],
  ['rounds of two calls', { strategy: 'canary', canarySize: HALF, ...waits }, 2, 55 + 115],
  ['bakes shorter than a round', { strategy: 'canary', canarySize: HALF, ...waits }, 300, 0],
  [
    'batches of one of four instances',
    {
      ...{ strategy: 'rolling', batchSize: { unit: 'instances', value: 1 } },
      ...{ waitIntervalSeconds: 60, maximumExecutionTimeoutSeconds: 1800 },
    },
    10,
    4 * 19,
  ],
])('expects so many pairs of %s', (_, swap, intervalSeconds, expected) => {
  expect(expectedPairs({ swap, probes: probed(intervalSeconds) }, 4)).toBe(expected);
});

it('expects none where nothing is probed', () => {
  expect(expectedPairs({ swap: { strategy: 'canary', canarySize: HALF, ...waits }, probes: null }, 4)).toBeNull();
});
