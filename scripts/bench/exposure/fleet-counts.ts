import type { FleetMinute } from '../../../actions/lib/domain/probe/fleet-minutes.ts';
import type { ModelAnswer } from './model.ts';

const MINUTE = 60_000;

/** What CloudWatch counts of one fleet; times are milliseconds since the start. */
export interface FleetCounts {
  add(at: number, answer: ModelAnswer): void;
  /** Whole minutes in [from, to). */
  minutes(from: number, to: number): readonly FleetMinute[];
}

export function createFleetCounts(): FleetCounts {
  const buckets = new Map<number, { errors: number; latencies: number[] }>();
  return {
    add: (at, { status, milliseconds }) => {
      const index = Math.floor(at / MINUTE);
      const bucket = buckets.get(index) ?? { errors: 0, latencies: [] };
      buckets.set(index, bucket);
      bucket.latencies.push(milliseconds);
      if (status >= 500) bucket.errors += 1;
    },
    minutes: (from, to) =>
      [...buckets].flatMap(([index, { errors, latencies }]) => {
        const at = index * MINUTE;
        if (at < from || at + MINUTE > to) return [];
        const sorted = [...latencies].sort((one, other) => one - other);
        const percentile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
        return [
          {
            at,
            invocations: sorted.length,
            errors,
            p50Milliseconds: percentile(0.5),
            p99Milliseconds: percentile(0.99),
          },
        ];
      }),
  };
}
