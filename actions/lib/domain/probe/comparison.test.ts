import { describe, expect, it } from 'vitest';
import { nearlyNormal, seededUniform } from '../../../../server/sample-model/random.ts';
import { probeSettings, type ProbeSettings } from '../environment/probes.ts';
import { compareFleets, LEAST_PAIRS, probedRatio, type ComparisonFacts } from './comparison.ts';
import type { FleetMinute } from './fleet-minutes.ts';

const SETTINGS: ProbeSettings = {
  intervalSeconds: 10,
  latencyRatio: 1.25,
  errorPercentagePoints: 0.5,
  whenInconclusive: 'continue',
};

/** Pairs whose latencies have a ratio, each with its own noise. */
function pairs(count: number, ratio: number, seed = 1): readonly number[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: count }, () => Math.log(ratio) + 0.3 * nearlyNormal(uniform));
}

function minutes(count: number, change: Partial<FleetMinute> = {}): readonly FleetMinute[] {
  return Array.from({ length: count }, (_, index) => ({
    at: index * 60_000,
    invocations: 1000,
    errors: 0,
    p50Milliseconds: 10,
    p99Milliseconds: 20,
    ...change,
  }));
}

const facts = (change: Partial<ComparisonFacts>): ComparisonFacts => ({
  logRatios: pairs(60, 1),
  minutes: null,
  blueP50Milliseconds: null,
  look: 1,
  ...change,
});

describe('the comparison of green with blue', () => {
  it('is inconclusive with fewer pairs than it takes, however slow green is', () => {
    const few = facts({
      logRatios: pairs(LEAST_PAIRS - 1, 20),
      minutes: { green: minutes(30, { p50Milliseconds: 200 }), blue: minutes(30) },
    });
    expect(compareFleets(few, SETTINGS)).toEqual({
      verdict: 'inconclusive',
      reason: '29 of at least 30 pairs of answers',
    });
  });

  it.each([
    ['as fast', 1, 'successful'],
    ['faster', 0.5, 'successful'],
    ['within the limit', 1.2, 'successful'],
    ['twice as slow', 2, 'failed'],
    ['nine times as slow', 9, 'failed'],
  ] as const)('says of a green that is %s what it is', (_, ratio, verdict) => {
    expect(compareFleets(facts({ logRatios: pairs(60, ratio) }), SETTINGS).verdict).toBe(verdict);
  });

  it('judges no latency where no ratio is set', () => {
    const slow = facts({ logRatios: pairs(60, 9) });
    expect(compareFleets(slow, { ...SETTINGS, latencyRatio: null }).verdict).toBe('successful');
  });

  it('sees a slow model behind a slow network, by what CloudWatch says of blue', () => {
    // 40 ms of network: a model of 10 ms that takes twice as long shows as a fifth more.
    const slow = facts({
      logRatios: pairs(400, 1.2),
      blueP50Milliseconds: 50,
      minutes: { green: [], blue: minutes(5) },
    });
    expect(compareFleets(slow, SETTINGS).verdict).toBe('failed');
    expect(compareFleets({ ...slow, logRatios: pairs(400, 1) }, SETTINGS).verdict).toBe('successful');
    expect(probedRatio(1.25, { ...slow, blueP50Milliseconds: 500 })).toBe(1.05);
    expect(probedRatio(1.25, { ...slow, blueP50Milliseconds: 5 })).toBe(1.25);
  });

  it('sees a slow green by the minutes of CloudWatch', () => {
    const slow = { green: minutes(30, { p50Milliseconds: 20 }), blue: minutes(30) };
    expect(compareFleets(facts({ minutes: slow }), SETTINGS).reason).toContain('minutes of CloudWatch');
  });

  it.each([
    ['one stray error', { errors: 0 }, 1, 'successful'],
    ['errors of 2 % in many requests', { errors: 20 }, 0, 'failed'],
    ['errors that blue has too', { errors: 20 }, 20, 'successful'],
  ] as const)('weighs %s', (_, change, errorsOfBlue, verdict) => {
    const both = { green: minutes(20, change), blue: minutes(20, { errors: errorsOfBlue }) };
    expect(compareFleets(facts({ minutes: both }), SETTINGS).verdict).toBe(verdict);
    expect(compareFleets(facts({ minutes: both }), { ...SETTINGS, errorPercentagePoints: null }).verdict).toBe(
      'successful',
    );
  });

  it('compares with blue before the swap where both never had traffic at once', () => {
    const later = minutes(20, { errors: 20 }).map((minute) => ({ ...minute, at: minute.at + 3_600_000 }));
    expect(compareFleets(facts({ minutes: { green: later, blue: minutes(20) } }), SETTINGS).verdict).toBe('failed');
  });
});

describe('the settings', () => {
  it('have defaults, and may be null', () => {
    expect(probeSettings.parse(undefined)).toEqual(SETTINGS);
    expect(probeSettings.parse(null)).toBeNull();
    expect(probeSettings.safeParse({ latencyRatio: 1 }).success).toBe(false);
    expect(probeSettings.safeParse({ whenInconclusive: 'stop' }).success).toBe(false);
  });
});
