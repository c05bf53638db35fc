import { expect, it } from 'vitest';
import { seededUniform } from '../../../server/sample-model/random.ts';
import { playEpisode } from './episode.ts';

// `npm run proof` walks a million.
const STEPS = Number(process.env['MODEL_CHECK_STEPS'] ?? 60_000);
const SEED = Number(process.env['MODEL_CHECK_SEED'] ?? 1);

it('tells the truth about what serves, keeps rejected releases rejected, and goes back no further than asked', async () => {
  const random = seededUniform(SEED);
  const outcomes = new Map<string, number>();
  let steps = 0;
  while (steps < STEPS) {
    const episode = await playEpisode(random);
    steps += episode.steps;
    for (const outcome of episode.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  console.log(`${steps} steps, ${JSON.stringify(Object.fromEntries(outcomes))}`);
  for (const outcome of ['promoted', 'rolled-back', 'inconclusive', 'stuck', 'refused', 'held', 'killed']) {
    expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(0);
  }
}, 600_000);
