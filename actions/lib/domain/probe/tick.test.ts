import { describe, expect, it } from 'vitest';
import { SMOKE } from '../../../../scripts/testing/swap-environment.ts';
import { createPairing } from './pairing.ts';
import { casesOfTick, mostCalls, probedCases } from './tick.ts';

describe('a round of questions', () => {
  it('leaves out cases that expect a refusal, and gives every other case its turn', () => {
    const cases = probedCases(SMOKE.cases);
    expect(cases.map(({ name }) => name)).toEqual(['one row', 'zeros']);
    const [one] = cases;
    expect(casesOfTick(one === undefined ? [] : [one], 7)).toEqual([one, one]);
    expect(casesOfTick([], 0)).toEqual([]);
    const many = Array.from({ length: 5 }, (_, index) => ({ ...SMOKE.cases[0], name: String(index) })) as never;
    expect([0, 1, 2].flatMap((tick) => casesOfTick(many, tick).map(({ name }) => name)).join('')).toBe('012340');
  });

  it.each([
    ['nothing is known of the traffic', 10, null, 10],
    ['there is little traffic', 10, 5, 10],
    ['5 % of the traffic is more', 10, 60, 30],
    ['5 % of the traffic is more than 40 calls', 10, 100_000, 40],
    ['rounds are far apart', 300, null, 40],
    ['rounds are close', 2, null, 2],
  ])('has its limit where %s', (_, interval, rate, most) => {
    expect(mostCalls(interval, rate)).toBe(most);
  });
});

describe('pairs of answers', () => {
  it('leave out the first answers of new instances, and pair answers to the same case once', () => {
    const pairing = createPairing();
    pairing.add('blue', 'a', 10);
    for (let cold = 0; cold < 5; cold += 1) pairing.add('green', 'a', 1000);
    pairing.add('green', 'b', 40);
    expect(pairing.logRatios).toEqual([]);
    pairing.add('green', 'a', 20);
    pairing.add('green', 'a', 80);
    pairing.add('blue', 'b', 10);
    expect(pairing.logRatios.map(Math.exp)).toEqual([expect.closeTo(2), expect.closeTo(4)]);
    pairing.warm();
    pairing.add('blue', 'c', 10);
    pairing.add('green', 'c', 1000);
    expect(pairing.logRatios).toHaveLength(2);
  });
});
