/** Values kept for one metric; when full, the oldest half is dropped. */
const MAXIMUM_SAMPLES = 400_000;

/** What CloudWatch computes over a window of a metric. */
export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | `p${number}`;

/** The values of one metric in the order of their time, in milliseconds since the epoch. */
export interface MetricSeries {
  add(atMilliseconds: number, value: number, count: number): void;
  /** A statistic over [from, to), or undefined when the window is empty. */
  compute(statistic: Statistic, fromMilliseconds: number, toMilliseconds: number): number | undefined;
}

export function createMetricSeries(): MetricSeries {
  let times: number[] = [];
  let values: number[] = [];
  let counts: number[] = [];
  const firstFrom = (time: number) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add(at, value, count) {
      if (times.length >= MAXIMUM_SAMPLES) {
        const half = MAXIMUM_SAMPLES / 2;
        times = times.slice(half);
        values = values.slice(half);
        counts = counts.slice(half);
      }
      if ((times.at(-1) ?? 0) <= at) {
        times.push(at);
        values.push(value);
        counts.push(count);
        return;
      }
      const index = firstFrom(at + 1);
      times.splice(index, 0, at);
      values.splice(index, 0, value);
      counts.splice(index, 0, count);
    },
    compute(statistic, from, to) {
      const start = firstFrom(from);
      const end = firstFrom(to);
      if (start === end) return undefined;
      return computeStatistic(statistic, values.slice(start, end), counts.slice(start, end));
    },
  };
}

function computeStatistic(statistic: Statistic, values: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sum = () => values.reduce((running, value, index) => running + value * (counts[index] ?? 0), 0);
  switch (statistic) {
    case 'SampleCount':
      return total;
    case 'Sum':
      return sum();
    case 'Average':
      return sum() / total;
    case 'Minimum':
      return values.reduce((least, value) => Math.min(least, value), Infinity);
    case 'Maximum':
      return values.reduce((most, value) => Math.max(most, value), -Infinity);
    default:
      return percentile(Number(statistic.slice(1)), total, values, counts);
  }
}

function percentile(percent: number, total: number, values: readonly number[], counts: readonly number[]): number {
  const order = values.map((_, index) => index).sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
  let remaining = Math.max(1, Math.ceil((percent / 100) * total));
  for (const index of order) {
    remaining -= counts[index] ?? 0;
    if (remaining <= 0) return values[index] ?? 0;
  }
  return values[order.at(-1) ?? 0] ?? 0;
}

/** A statistic by its name in the API ("Sum", "p99", "p99.9"); undefined for those that are not emulated. */
export function parseStatistic(text: string): Statistic | undefined {
  switch (text) {
    case 'SampleCount':
    case 'Average':
    case 'Sum':
    case 'Minimum':
    case 'Maximum':
      return text;
    default: {
      const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(text)?.[1];
      return percent === undefined ? undefined : `p${Number(percent)}`;
    }
  }
}
