import type { Dimension, MetricDatum } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { createMetricSeries, type MetricSeries } from './metric-series.ts';

/** A metric by namespace, name and dimensions; the order of dimensions does not matter. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** All metrics of the account. */
export interface MetricStore {
  record(identity: MetricIdentity, at: Date, value: number, count?: number): void;
  find(identity: MetricIdentity): MetricSeries | undefined;
  list(): readonly MetricIdentity[];
}

export function createMetricStore(): MetricStore {
  const entries = new Map<string, { readonly identity: MetricIdentity; readonly series: MetricSeries }>();
  return {
    record(identity, at, value, count = 1) {
      const key = keyOf(identity);
      const entry = entries.get(key) ?? { identity, series: createMetricSeries() };
      entries.set(key, entry);
      entry.series.add(at.getTime(), value, count);
    },
    find: (identity) => entries.get(keyOf(identity))?.series,
    list: () => [...entries.values()].map(({ identity }) => identity),
  };
}

const FOURTEEN_DAYS_MILLISECONDS = 14 * 86_400_000;
const TWO_HOURS_MILLISECONDS = 2 * 3_600_000;

/** Puts one datum of PutMetricData into the store: a value, values with counts, or a statistic set. */
export function recordDatum(store: MetricStore, namespace: string, datum: MetricDatum, now: Date): void {
  const identity = { namespace, name: datum.MetricName, dimensions: datum.Dimensions ?? [] };
  const at = datum.Timestamp ?? now;
  if (datum.Value !== undefined) store.record(identity, at, datum.Value);
  datum.Values?.forEach((value, index) => {
    store.record(identity, at, value, datum.Counts?.[index] ?? 1);
  });
  const set = datum.StatisticValues;
  if (set === undefined) return;
  // A set is kept as its extremes and the mean of the rest: count, sum, minimum and maximum stay exact.
  store.record(identity, at, set.Maximum);
  if (set.SampleCount > 1) store.record(identity, at, set.Minimum);
  const rest = set.SampleCount - 2;
  if (rest > 0) store.record(identity, at, (set.Sum - set.Minimum - set.Maximum) / rest, rest);
}

/**
 * @throws AwsError for a datum that CloudWatch refuses.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
export function checkDatum(
  { Value, Values, Counts, StatisticValues, StorageResolution, Timestamp }: MetricDatum,
  now: Date,
): void {
  const refuse = (message: string) => new AwsError('InvalidParameterCombination', message);
  if ([Value, Values, StatisticValues].filter((given) => given !== undefined).length !== 1) {
    throw refuse('Exactly one of Value, Values and StatisticValues must be given.');
  }
  if (Counts !== undefined && Counts.length !== Values?.length) {
    throw refuse('Values and Counts must have the same length.');
  }
  const age = now.getTime() - (Timestamp ?? now).getTime();
  if (age > FOURTEEN_DAYS_MILLISECONDS || age < -TWO_HOURS_MILLISECONDS) {
    throw new AwsError('InvalidParameterValue', 'Timestamp must be at most two weeks in the past and two hours ahead.');
  }
  if (StorageResolution !== undefined && ![1, 60].includes(StorageResolution)) {
    throw new AwsError('InvalidParameterValue', 'StorageResolution must be 1 or 60.');
  }
}

const keyOf = ({ namespace, name, dimensions }: MetricIdentity): string =>
  JSON.stringify([namespace, name, ...dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort()]);
