import { describe, expect, it } from 'vitest';
import { nearlyNormal, seededUniform } from '../../../../server/sample-model/random.ts';
import { logEvidenceAboveZero } from './sequential-test.ts';

const ALPHA = 0.05;
const SEQUENCES = 400;
const LENGTH = 150;

/** The share of sequences in which the evidence ever reaches the level of alpha. */
function everFound(draw: () => number): number {
  const level = Math.log(1 / ALPHA);
  let found = 0;
  for (let sequence = 0; sequence < SEQUENCES; sequence += 1) {
    const differences = Array.from({ length: LENGTH }, draw);
    if (logEvidenceAboveZero(differences).some((evidence) => evidence >= level)) found += 1;
  }
  return found / SEQUENCES;
}

describe('the evidence that differences lie above zero', () => {
  it('is none without differences', () => {
    expect(logEvidenceAboveZero([])).toEqual([]);
  });

  it.each([
    ['normal', (uniform: () => number) => 0.4 * nearlyNormal(uniform)],
    ['heavy-tailed', (uniform: () => number) => Math.tan(Math.PI * (uniform() - 0.5))],
    ['two-valued', (uniform: () => number) => (uniform() < 0.5 ? -0.2 : 0.2)],
    ['below zero', (uniform: () => number) => 0.3 * nearlyNormal(uniform) - 0.05],
  ])('is read after each difference and still reaches the level in at most alpha of %s sequences', (_, draw) => {
    const uniform = seededUniform(3);
    // Three standard errors of the share that is counted.
    const noise = 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / SEQUENCES);
    expect(everFound(() => draw(uniform))).toBeLessThanOrEqual(ALPHA + noise);
  });

  it('grows with differences above zero', () => {
    const uniform = seededUniform(5);
    expect(everFound(() => 0.3 * nearlyNormal(uniform) + 0.2)).toBeGreaterThan(0.95);
  });

  it('gives no weight to one outlier', () => {
    const evidence = logEvidenceAboveZero([1000, ...Array.from({ length: 30 }, () => -0.01)]);
    expect(Math.max(...evidence)).toBeLessThan(1);
  });
});
