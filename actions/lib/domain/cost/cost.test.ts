import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { releaseFileOf, releaseSpec } from '../../testing/plan-repository.ts';
import type { Environment, SwapStrategy } from '../environment/environment.ts';
import { cronTimes } from './cron.ts';
import { costChange, type CostedEnvironment } from './fleet-cost.ts';
import { parsePrices } from './prices.ts';
import { renderCost } from './render.ts';

// A Thursday, the first of a year without a 29 February.
const NOW = new Date('2026-01-01T10:00:00Z');
const PRICES = parsePrices({
  path: 'environments/prices.json',
  text: JSON.stringify({
    ...{ currency: 'USD', date: '2026-01-01', source: 'the test' },
    regions: { 'eu-west-1': { 'ml.m5.large': 0.128, 'ml.m5.xlarge': 0.256 } },
  }),
});

const ROLLING: SwapStrategy = {
  ...{ strategy: 'rolling', batchSize: { unit: 'percent', value: 30 } },
  ...{ waitIntervalSeconds: 60, maximumExecutionTimeoutSeconds: 7200 },
};

type Autoscaling = NonNullable<Environment['autoscaling']>;
const scaling = (minInstances: number, maxInstances: number, ...schedules: Autoscaling['schedules']): Autoscaling => ({
  ...{ minInstances, maxInstances, schedules, invocationsPerInstance: 100 },
  ...{ scaleInCooldownSeconds: 0, scaleOutCooldownSeconds: 0 },
});
const schedule = (name: string, expression: string, minInstances: number, maxInstances: number, timezone = 'UTC') => ({
  ...{ name, expression, minInstances, maxInstances, timezone },
});
const side = (
  changes: Partial<Environment> = {},
  instanceType = 'ml.m5.large',
  instanceCount = 2,
): CostedEnvironment => ({
  environment: { ...VALID_ENVIRONMENT, name: 'trial', ...changes },
  release: releaseFileOf(releaseSpec('a', { instanceType, instanceCount })),
});
const NOTHING: CostedEnvironment = { environment: undefined, release: undefined };
const costOf = (autoscaling: Autoscaling | null) => costChange(NOTHING, side({ autoscaling }), undefined, NOW).after;

describe('the instance-hours of a month', () => {
  it.each([
    { title: 'a fixed fleet', autoscaling: null, least: 2 * 730, most: 2 * 730 },
    { title: 'a fleet that scales', autoscaling: scaling(4, 12), least: 4 * 730, most: 12 * 730 },
    {
      title: 'twelve hours of each day with more instances',
      autoscaling: scaling(
        1,
        1,
        schedule('up', 'cron(0 8 * * ? *)', 4, 10),
        schedule('down', 'cron(0 20 * * ? *)', 2, 2),
      ),
      least: 3 * 730,
      most: 6 * 730,
    },
    {
      title: 'weekends that begin on Saturday and end on Monday',
      autoscaling: scaling(
        1,
        1,
        schedule('end', 'cron(0 0 ? * SAT *)', 1, 1),
        schedule('start', 'cron(0 0 ? * MON *)', 8, 8),
      ),
      // 2026 has 52 weekends, of two days each.
      least: (730 / 365) * (365 * 8 - 104 * 7),
      most: (730 / 365) * (365 * 8 - 104 * 7),
    },
    {
      title: 'a schedule that never acts in this year',
      autoscaling: scaling(3, 5, schedule('past', 'cron(0 8 * * ? 2020)', 40, 50)),
      least: 3 * 730,
      most: 5 * 730,
    },
  ])('of $title are $least to $most', ({ autoscaling, least, most }) => {
    const cost = costOf(autoscaling);
    expect(cost?.least).toBeCloseTo(least, 6);
    expect(cost?.most).toBeCloseTo(most, 6);
    expect(cost?.uncomputed).toEqual([]);
  });

  it.each([
    [schedule('often', 'rate(1 hour)', 1, 20)],
    [schedule('once', 'at(2026-06-01T00:00:00)', 1, 20)],
    [schedule('here', 'cron(0 8 * * ? *)', 2, 4), schedule('there', 'cron(0 8 * * ? *)', 1, 20, 'Asia/Tokyo')],
  ])('of schedules whose times are not known are as wide as their limits: %o', (...schedules) => {
    const cost = costOf(scaling(3, 5, ...schedules));
    expect([cost?.least, cost?.most]).toEqual([730, 20 * 730]);
    expect(cost?.uncomputed).toEqual(schedules.map(({ name }) => name));
  });

  it.each([
    { swap: VALID_ENVIRONMENT.swap, count: 3, added: 3 },
    { swap: ROLLING, count: 5, added: 2 * 2 },
  ])('that a $swap.strategy swap of $count adds are at most $added', ({ swap, count, added }) => {
    expect(costChange(NOTHING, side({ swap }, 'ml.m5.large', count), undefined, NOW).after?.swap).toBe(added);
  });
});

describe('the times of a cron expression', () => {
  const days = (fields: string, count = 31): readonly number[] =>
    cronTimes(`0 0 ${fields}`, NOW, count).map((at) => at / 1440 + 1);
  it.each([
    // January 2026 begins on a Thursday; its Saturdays are 3, 10, 17, 24 and 31.
    ['L * ? *', [31]],
    ['LW * ? *', [30]],
    ['3W * ? *', [2]],
    ['4W * ? *', [5]],
    ['*/10 * ? *', [1, 11, 21, 31]],
    ['5-7,30 JAN ? *', [5, 6, 7, 30]],
    ['1 FEB ? *', []],
    ['? * L *', [3, 10, 17, 24, 31]],
    ['? * FRIL *', [30]],
    ['? * 2#3 *', [19]],
    ['? * SUN,TUE *', [4, 6, 11, 13, 18, 20, 25, 27]],
    ['? * SAT-SUN *', [3, 4, 10, 11, 17, 18, 24, 25, 31]],
    ['1 * ? 2027', []],
  ])('%s: %o', (fields, expected) => {
    expect(days(fields)).toEqual(expected);
  });

  it('are minutes since the first day', () => {
    expect(cronTimes('*/30 9-10 * * ? *', NOW, 1)).toEqual([540, 570, 600, 630]);
    expect(cronTimes('15 8 * * ? *', NOW, 2)).toEqual([495, 1935]);
  });
});

describe('the cost of a change', () => {
  const rendered = (
    before: CostedEnvironment,
    after: CostedEnvironment,
    prices: Parameters<typeof costChange>[2] = PRICES,
  ) => renderCost(costChange(before, after, prices, NOW));

  it('is shown before and after, in instance-hours and in money', () => {
    expect(rendered(side(), side({ autoscaling: scaling(2, 6) }, 'ml.m5.xlarge'))).toEqual([
      '- instance-hours a month: 1,460 on `ml.m5.large` → 1,460 to 4,380 on `ml.m5.xlarge`',
      '- each swap adds at most 6 instance-hours, as green runs beside blue',
      '- USD a month: **187 → 374 to 1,121** (instances alone, prices of 2026-01-01)',
    ]);
  });

  it('is in instance-hours alone where the fork has no prices', () => {
    expect(renderCost(costChange(side(), side(), undefined, NOW))).toEqual([
      '- instance-hours a month: 1,460 on `ml.m5.large`, unchanged',
      '- each swap adds at most 2 instance-hours, as green runs beside blue',
    ]);
  });

  it('says that a type has no price', () => {
    expect(rendered(side(), side({}, 'ml.g5.xlarge')).slice(2)).toEqual([
      '- USD a month: **187 → not known** (instances alone, prices of 2026-01-01)',
      '- **no price** of `ml.g5.xlarge` in `eu-west-1` is in `environments/prices.json`',
    ]);
    expect(rendered(side({ region: 'eu-north-1' }), side({ region: 'eu-north-1' })).slice(2)).toEqual([
      '- **no price** of `ml.m5.large` in `eu-north-1` is in `environments/prices.json`',
    ]);
  });

  it('says why prices cannot be read, and when schedules act that it cannot compute', () => {
    const autoscaling = scaling(2, 4, schedule('often', 'rate(1 hour)', 2, 4));
    expect(rendered(NOTHING, side({ autoscaling }), 'prices.json is not JSON')).toEqual([
      '- instance-hours a month: none → 1,460 to 2,920 on `ml.m5.large`',
      '- each swap adds at most 4 instance-hours, as green runs beside blue',
      '- when `often` acts is not known here: the widest limits of all schedules count',
      '- no price is known: `prices.json is not JSON`',
    ]);
  });

  it('ends where nothing serves any more, and is nothing where nothing ever did', () => {
    expect(rendered(side(), NOTHING)[0]).toBe('- instance-hours a month: 1,460 on `ml.m5.large` → none');
    expect(rendered(NOTHING, NOTHING)).toEqual([]);
  });
});

describe('prices.json', () => {
  it.each([
    [{ currency: 'dollars' }, /at currency[^]*code of a currency/],
    [{ date: 'today' }, /at date[^]*YYYY-MM-DD/],
    [{ regions: { 'eu-west-1': { 'm5.large': 1 } } }, /a hosting type, such as ml.m5.large/],
    [{ regions: { 'eu-west-1': { 'ml.m5.large': 0 } } }, /more than 0/],
    [{ price: 1 }, /"price"/],
  ])('refuses %o', (change, error) => {
    const text = JSON.stringify({ ...PRICES, ...change });
    expect(() => parsePrices({ path: 'environments/prices.json', text })).toThrow(error);
  });
});
