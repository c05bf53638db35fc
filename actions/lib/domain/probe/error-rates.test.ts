import { describe, expect, it } from 'vitest';
import { seededUniform } from '../../../../server/sample-model/random.ts';
import { boundsOf, surelyAbove } from './error-rates.ts';

describe('the bounds of a share of errors', () => {
  it('are everything without requests', () => {
    expect(boundsOf({ requests: 0, errors: 0 }, 0.01)).toEqual({ low: 0, high: 1 });
  });

  it('have closed forms where nothing failed, and where all did', () => {
    const high = 1 - 0.01 ** (1 / 100);
    expect(boundsOf({ requests: 100, errors: 0 }, 0.01)).toEqual({ low: 0, high: expect.closeTo(high, 9) as number });
    expect(boundsOf({ requests: 100, errors: 100 }, 0.01).low).toBeCloseTo(1 - high, 9);
  });

  it('hold the true share in all but alpha of the samples', () => {
    const uniform = seededUniform(11);
    let missed = 0;
    for (let sample = 0; sample < 2_000; sample += 1) {
      let errors = 0;
      for (let request = 0; request < 200; request += 1) if (uniform() < 0.02) errors += 1;
      const { low, high } = boundsOf({ requests: 200, errors }, 0.05);
      if (low > 0.02 || high < 0.02) missed += 1;
    }
    expect(missed / 2_000).toBeLessThan(0.1);
  });
});

describe('what is surely above', () => {
  it.each([
    ['one stray error', { requests: 60, errors: 1 }, { requests: 600, errors: 0 }, 0],
    ['the same share', { requests: 5_000, errors: 50 }, { requests: 5_000, errors: 50 }, 0],
    ['fewer errors', { requests: 5_000, errors: 0 }, { requests: 5_000, errors: 50 }, 0],
  ])('is nothing for %s', (_, green, blue, expected) => {
    expect(surelyAbove(green, blue, 0.003, 1)).toBe(expected);
  });

  it('is some of the difference where there are many requests, and less of it at later looks', () => {
    const [green, blue] = [
      { requests: 20_000, errors: 400 },
      { requests: 20_000, errors: 0 },
    ];
    const first = surelyAbove(green, blue, 0.003, 1);
    expect(first).toBeGreaterThan(0.01);
    expect(first).toBeLessThan(0.02);
    expect(surelyAbove(green, blue, 0.003, 20)).toBeLessThan(first);
  });
});
