import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { TEAM_SMOKE } from '../testing/sample-team/smoke.ts';
import { findUnanswered } from './answers.ts';
import { chooseBySeed } from './choose.ts';
import { jsonFile, type Content } from './content.ts';

describe('findUnanswered', () => {
  const model = Buffer.from('a model');
  const digest = createHash('sha256').update(model).digest('hex');
  const content: Content = {
    environments: {
      trial: {
        file: VALID_ENVIRONMENT,
        releases: { live: null, releases: {} },
        others: { 'smoke.json': jsonFile(TEAM_SMOKE.scoring) },
      },
    },
    models: { scoring: { 'model.onnx': model } },
  };

  it('accepts a rehearsal in which the own model answered a smoke case', () => {
    const output = `…\nscoring: model sha256:${digest} answered "an ordinary row" as expected\n…`;
    expect(findUnanswered(content, output)).toEqual([]);
  });

  it.each([
    ['is silent about it', 'Every outcome is the expected one'],
    ['shows another model', `scoring: model sha256:${'0'.repeat(64)} answered "an ordinary row" as expected`],
    ['shows another service', `labelling: model sha256:${digest} answered "an ordinary row" as expected`],
    ['shows a case of nobody', `scoring: model sha256:${digest} answered "one row" as expected`],
  ])('names the service and its model where the rehearsal %s', (_, output) => {
    expect(findUnanswered(content, output)).toEqual([
      `the rehearsal shows no smoke case of scoring that the model sha256:${digest} answered as expected`,
    ]);
  });
});

describe('chooseBySeed', () => {
  const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  it('chooses the same for the same seed, in the order of the values', () => {
    expect(chooseBySeed(values, 3, 7)).toEqual(chooseBySeed(values, 3, 7));
    for (const seed of [1, 2, 3]) {
      const chosen = chooseBySeed(values, 3, seed);
      expect(chosen).toHaveLength(3);
      expect([...chosen].sort()).toEqual(chosen);
    }
  });

  it('chooses each value for some seed', () => {
    const seeds = Array.from({ length: 50 }, (_, seed) => seed);
    expect(new Set(seeds.flatMap((seed) => chooseBySeed(values, 2, seed)))).toEqual(new Set(values));
  });
});
