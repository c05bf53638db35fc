import { expect, it } from 'vitest';
import { allFaults, nameOf, sampleFaults } from './faults.ts';

const counts = { first: { aws: 2, terraform: 1 }, second: { aws: 1, terraform: 1 } };

it('fails and kills each call of both runs, and each of Terraform with and without warnings', () => {
  const faults = allFaults(counts);
  expect(faults).toHaveLength(14);
  expect(new Set(faults.map(nameOf)).size).toBe(14);
  expect(faults.filter(({ at, isNoisy }) => at === 'terraform' && isNoisy)).toHaveLength(4);
});

it('samples the same faults for the same seed, spread over all of them', () => {
  const faults = allFaults({ first: { aws: 100, terraform: 4 }, second: { aws: 100, terraform: 4 } });
  const sample = sampleFaults(faults, 4, 7);
  expect(sample).toEqual(sampleFaults(faults, 4, 7));
  expect(sample).not.toEqual(sampleFaults(faults, 4, 8));
  expect(sample.map(({ run }) => run)).toEqual(['first', 'first', 'second', 'second']);
});
