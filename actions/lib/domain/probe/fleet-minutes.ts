import type { ErrorCount } from './error-rates.ts';

/** What CloudWatch has counted of one fleet in one minute. */
export interface FleetMinute {
  /** Its start, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly invocations: number;
  /** 4XX and 5XX answers: callers' mistakes meet both fleets alike. */
  readonly errors: number;
  /** ModelLatency; null without invocations. */
  readonly p50Milliseconds: number | null;
  readonly p99Milliseconds: number | null;
}

/** Minutes of both fleets. */
export interface FleetMinutes {
  readonly green: readonly FleetMinute[];
  readonly blue: readonly FleetMinute[];
}

/** Fewer requests give no percentile worth comparing. */
const LEAST_INVOCATIONS = 5;

/** Invocations and errors while both fleets had traffic; of blue those before the swap where they never had at once. */
export function errorCounts({ green, blue }: FleetMinutes): { readonly green: ErrorCount; readonly blue: ErrorCount } {
  const greenTimes = new Set(green.filter(({ invocations }) => invocations > 0).map(({ at }) => at));
  const beside = blue.filter(({ at, invocations }) => greenTimes.has(at) && invocations > 0);
  const isMixed = beside.length > 1;
  const blueTimes = new Set(beside.map(({ at }) => at));
  return {
    green: countOf(isMixed ? green.filter(({ at }) => blueTimes.has(at)) : green),
    blue: countOf(isMixed ? beside : blue),
  };
}

function countOf(minutes: readonly FleetMinute[]): ErrorCount {
  return {
    requests: minutes.reduce((sum, { invocations }) => sum + invocations, 0),
    errors: minutes.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/**
 * Logarithms of green's median latency as a multiple of blue's, minute by minute: in the same minute, else the newest minute
 * of blue that is not used yet. The first minute of green, which is cold, is left out.
 */
export function logRatiosByMinute({ green, blue }: FleetMinutes): readonly number[] {
  const medians = (minutes: readonly FleetMinute[]): readonly (readonly [number, number])[] =>
    minutes.flatMap(({ at, invocations, p50Milliseconds }) =>
      invocations >= LEAST_INVOCATIONS && p50Milliseconds !== null && p50Milliseconds > 0
        ? [[at, p50Milliseconds] as const]
        : [],
    );
  const unused = new Map(medians(blue));
  const take = (at: number): number | undefined => {
    const value = unused.get(at);
    unused.delete(at);
    return value;
  };
  const [, ...warm] = medians(green);
  const same = warm.map(([at, value]) => ({ value, beside: take(at) }));
  const left = [...unused].sort(([one], [other]) => one - other).map(([, value]) => value);
  return same.flatMap(({ value, beside }) => {
    const other = beside ?? left.pop();
    return other === undefined ? [] : [Math.log(value / other)];
  });
}

/** Requests a second over the newest minutes; null where nothing is known. */
export function requestRate({ green, blue }: FleetMinutes): number | null {
  const byMinute = new Map<number, number>();
  for (const { at, invocations } of [...green, ...blue]) byMinute.set(at, (byMinute.get(at) ?? 0) + invocations);
  const newest = [...byMinute].sort(([one], [other]) => other - one).slice(0, 5);
  if (newest.length === 0) return null;
  return newest.reduce((sum, [, invocations]) => sum + invocations, 0) / (newest.length * 60);
}
