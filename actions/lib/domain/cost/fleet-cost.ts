import { z } from 'zod';
import type { Environment, SwapStrategy } from '../environment/environment.ts';
import { liveRelease, type ReleaseFile } from '../release/release.ts';
import { cronTimes } from './cron.ts';
import { priceOf, type Prices } from './prices.ts';

/** Hours of a month, as AWS's own estimates count them: a year of 8,760 hours, divided by twelve. */
export const HOURS_PER_MONTH = 730;
const DAYS_PER_YEAR = 365;
const MINUTES_PER_YEAR = DAYS_PER_YEAR * 1440;

const fleetCost = z.strictObject({
  instanceType: z.string(),
  region: z.string(),
  /** Instance-hours a month, with as few and as many instances as scaling allows. */
  least: z.number(),
  most: z.number(),
  /** Instance-hours that one swap adds at most. */
  swap: z.number(),
  /** Scheduled actions whose times can't be computed: the widest limits of all count. */
  uncomputed: z.array(z.string()),
  /** Of an instance-hour; null where it is not known. */
  price: z.number().nullable(),
});

/** Schema of the cost in a plan's summary. */
export const costChangeSchema = z.strictObject({
  before: fleetCost.nullable(),
  after: fleetCost.nullable(),
  /** What the prices are: their currency and date, none, or why they can't be read. */
  prices: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('known'), currency: z.string(), date: z.string() }),
    z.strictObject({ kind: z.literal('unreadable'), problem: z.string() }),
  ]),
});

/** What the instances of one release cost. */
export type FleetCost = z.output<typeof fleetCost>;
/** What the instances of an environment cost, before a change and after it; null where nothing serves. */
export type CostChange = z.output<typeof costChangeSchema>;

/** One side of a change. */
export interface CostedEnvironment {
  readonly environment: Environment | undefined;
  readonly release: ReleaseFile | undefined;
}

/** The prices of a checkout: undefined where it has none, a text where they can't be read. */
export type KnownPrices = Prices | string | undefined;

/**
 * What the instances of the live release cost a month, before and after.
 *
 * @param now When a year of scheduled actions begins.
 */
export function costChange(
  before: CostedEnvironment,
  after: CostedEnvironment,
  prices: KnownPrices,
  now: Date,
): CostChange {
  const known = typeof prices === 'object' ? prices : undefined;
  return { before: costOf(before, known, now), after: costOf(after, known, now), prices: describePrices(prices) };
}

function describePrices(prices: KnownPrices): CostChange['prices'] {
  if (prices === undefined) return { kind: 'none' };
  if (typeof prices === 'string') return { kind: 'unreadable', problem: prices };
  return { kind: 'known', currency: prices.currency, date: prices.date };
}

function costOf({ environment, release }: CostedEnvironment, prices: Prices | undefined, now: Date): FleetCost | null {
  const live = release === undefined ? undefined : liveRelease(release);
  if (environment === undefined || live === undefined) return null;
  const { instanceType, instanceCount } = live.spec;
  const { region, autoscaling, swap } = environment;
  const limits = scalingLimits(autoscaling, instanceCount, now);
  return {
    ...{ instanceType, region, least: limits.least, most: limits.most, uncomputed: [...limits.uncomputed] },
    swap: addedInstances(swap, limits.highest) * (swap.maximumExecutionTimeoutSeconds / 3600),
    price: prices === undefined ? null : priceOf(prices, region, instanceType),
  };
}

// Blue/green has the whole fleet twice, a rolling update one batch more; both at most until the update times out.
function addedInstances(swap: SwapStrategy, fleet: number): number {
  if (swap.strategy !== 'rolling') return fleet;
  const { unit, value } = swap.batchSize;
  return Math.min(fleet, unit === 'percent' ? Math.ceil((fleet * value) / 100) : value);
}

interface Limits {
  readonly least: number;
  readonly most: number;
  /** The most instances at any time. */
  readonly highest: number;
  readonly uncomputed: readonly string[];
}

function scalingLimits(autoscaling: Environment['autoscaling'], count: number, now: Date): Limits {
  const schedules = autoscaling?.schedules ?? [];
  const { minInstances: low, maxInstances: high } = autoscaling ?? { minInstances: count, maxInstances: count };
  const lowest = Math.min(low, ...schedules.map(({ minInstances }) => minInstances));
  const highest = Math.max(high, ...schedules.map(({ maxInstances }) => maxInstances));
  // A rate counts from when its action was made; and the times of two zones have no one order while their hours change.
  const isOneZone = new Set(schedules.map(({ timezone }) => timezone)).size <= 1;
  const uncomputed = schedules
    .filter(({ expression }) => !isOneZone || !expression.startsWith('cron('))
    .map(({ name }) => name);
  if (uncomputed.length > 0) {
    return { least: lowest * HOURS_PER_MONTH, most: highest * HOURS_PER_MONTH, highest, uncomputed };
  }
  const { least, most } = overAYear({ minInstances: low, maxInstances: high }, schedules, now);
  return { least, most, highest, uncomputed };
}

interface Capacity {
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** Instance-hours a month, as the limits change over a year that is like the one before it. */
function overAYear(
  base: Capacity,
  schedules: NonNullable<Environment['autoscaling']>['schedules'],
  now: Date,
): { readonly least: number; readonly most: number } {
  const changes = schedules
    .flatMap((schedule) =>
      cronTimes(schedule.expression.slice('cron('.length, -1), now, DAYS_PER_YEAR).map((at) => ({ at, schedule })),
    )
    .sort((a, b) => a.at - b.at);
  let [at, least, most] = [0, 0, 0];
  let limits: Capacity = changes.at(-1)?.schedule ?? base;
  for (const change of [...changes, { at: MINUTES_PER_YEAR, schedule: base }]) {
    least += limits.minInstances * (change.at - at);
    most += limits.maxInstances * (change.at - at);
    [at, limits] = [change.at, change.schedule];
  }
  const monthly = (minutes: number): number => (minutes / MINUTES_PER_YEAR) * HOURS_PER_MONTH;
  return { least: monthly(least), most: monthly(most) };
}
