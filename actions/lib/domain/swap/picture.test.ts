import { expect, it } from 'vitest';
import type { ProbeReport } from '../probe/report.ts';
import { renderPicture } from './picture.ts';
import type { SwapResult } from './result.ts';

const SECOND = 1000;
const sample = (seconds: number, greenShare: number): SwapResult['samples'][number] => ({
  ...{ at: seconds * SECOND, status: 'Updating', stage: 'Baking', greenShare },
});
const tick = (seconds: number, green: number, blue: number, wrong: number): ProbeReport['ticks'][number] => ({
  at: seconds * SECOND,
  answered: { green, blue, unnamed: 0 },
  failed: { green: wrong, blue: 0, unnamed: 0 },
});
const swap = (samples: SwapResult['samples'], ticks: ProbeReport['ticks'] | null): SwapResult => ({
  ...{ task: 'deploy', environment: 'dev', endpointName: 'scoring-dev', release: 'aaaaaaaaaaaa', image: 'i' },
  ...{ previousRelease: null, outcome: 'rolled-back', cause: 'a wrong answer', servingConfig: null },
  ...{ servingRelease: null, reason: null, startedAt: 0, endedAt: 4 * SECOND, transitions: [], samples },
  ...{ smoke: null, blueSmoke: null, isRecorded: true, deployment: null, warnings: [] },
  probes:
    ticks === null
      ? null
      : {
          ...{ asked: 0, notAsked: 0, pairs: 0, gap: null, ticks },
          ...{ answered: { green: 0, blue: 0, unnamed: 0 }, failed: { green: 0, blue: 0, unnamed: 0 } },
          ...{ p50Milliseconds: { green: null, blue: null }, p99Milliseconds: { green: null, blue: null } },
          comparison: { verdict: 'failed', reason: 'a wrong answer' },
        },
});

it('draws traffic and probes over the time of the whole swap, and says the same in words', () => {
  const samples = [sample(0, 0), sample(1, 0.25), sample(2, 0.25), sample(3.5, 0)];
  const lines = renderPicture(swap(samples, [tick(1.5, 1, 3, 0), tick(2.5, 2, 2, 1)]));
  expect(lines).toContain('    x-axis ["0", "1", "2", "3"]');
  expect(lines).toContain('    line [25, 25, 25, 0]');
  expect(lines).toContain('    line [0, 25, 50, 0]');
  expect(lines).toContain('    bar [0, 0, 25, 0]');
  expect(lines).toContain(
    'Release `aaaaaaaaaaaa` had 0 % of the traffic from +0.0 s, 25 % of the traffic from +1.0 s, 0 % of the traffic from +3.5 s.',
  );
});

it('draws traffic alone where nothing was probed, and nothing where nothing moved', () => {
  const lines = renderPicture(swap([sample(0, 0), sample(2, 1)], null));
  expect(lines.filter((line) => /^ {4}(?:line|bar)/.test(line))).toHaveLength(1);
  expect(renderPicture(swap([sample(0, 0), sample(2, 0)], null))).toEqual([]);
});
