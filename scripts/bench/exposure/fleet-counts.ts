import { percentile } from '../../../actions/lib/domain/smoke/check.ts';
import type { FleetMinute } from '../../../actions/lib/domain/probe/fleet-minutes.ts';
import type { ModelAnswer } from './model.ts';

const MINUTE = 60_000;

/** What CloudWatch counts of one fleet; times are milliseconds since the start. */
export interface FleetCounts {
  add(at: number, answer: ModelAnswer): void;
  /** Whole minutes in [from, to). */
  minutes(from: number, to: number): readonly FleetMinute[];
}

/** One minute's bucket; the summary is kept until the next answer. */
interface Bucket {
  errors: number;
  readonly latencies: number[];
  summary: FleetMinute | null;
}

export function createFleetCounts(): FleetCounts {
  const buckets = new Map<number, Bucket>();
  return {
    add: (at, { status, milliseconds }) => {
      const index = Math.floor(at / MINUTE);
      const bucket = buckets.get(index) ?? { errors: 0, latencies: [], summary: null };
      buckets.set(index, bucket);
      bucket.latencies.push(milliseconds);
      bucket.summary = null;
      if (status >= 500) bucket.errors += 1;
    },
    minutes: (from, to) => {
      const minutes: FleetMinute[] = [];
      for (let index = Math.max(0, Math.ceil(from / MINUTE)); (index + 1) * MINUTE <= to; index += 1) {
        const bucket = buckets.get(index);
        if (bucket !== undefined) minutes.push((bucket.summary ??= summaryOf(index, bucket)));
      }
      return minutes;
    },
  };
}

function summaryOf(index: number, { errors, latencies }: Bucket): FleetMinute {
  const sorted = [...latencies].sort((one, other) => one - other);
  return {
    at: index * MINUTE,
    invocations: sorted.length,
    errors,
    p50Milliseconds: percentile(sorted, 0.5),
    p99Milliseconds: percentile(sorted, 0.99),
  };
}
