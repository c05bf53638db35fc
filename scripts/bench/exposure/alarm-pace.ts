import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import type { FleetCounts } from './fleet-counts.ts';

/** Green's alarms, with the states that CloudWatch last gave them. */
export interface AlarmPace {
  requestAbort(at: number): void;
  /** The kind of the first alarm in ALARM, or null. */
  breach(now: number): string | null;
}

/**
 * CloudWatch evaluates alarms with periods below a minute every ten seconds, and others every minute, on whole periods.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export function createAlarmPace(
  { serverErrors, latencyP99 }: Environment['alarms'],
  green: FleetCounts,
  uniform: () => number,
): AlarmPace {
  const aborts: number[] = [];
  const offset = { fast: uniform() * 10_000, slow: uniform() * 60_000 };
  const evaluatedAt = (now: number, pace: number, by: number): number => Math.floor((now - by) / pace) * pace + by;
  const lastMinutes = (
    at: number,
    count: number,
    breaches: (minute: ReturnType<FleetCounts['minutes']>[number]) => boolean,
  ): number => {
    const end = Math.floor(at / 60_000) * 60_000;
    return green.minutes(end - count * 60_000, end).filter(breaches).length;
  };
  return {
    requestAbort: (at) => void aborts.push(at),
    breach: (now) => {
      const fast = evaluatedAt(now, 10_000, offset.fast);
      if (aborts.some((at) => at <= fast && at > fast - 10_000)) return 'abort';
      const slow = evaluatedAt(now, 60_000, offset.slow);
      if (serverErrors !== null) {
        const { threshold, evaluationPeriods, datapointsToAlarm = evaluationPeriods } = serverErrors;
        if (lastMinutes(slow, evaluationPeriods, ({ errors }) => errors >= threshold) >= datapointsToAlarm)
          return '5xx';
      }
      if (latencyP99 !== null) {
        const { thresholdMilliseconds, evaluationPeriods, datapointsToAlarm = evaluationPeriods } = latencyP99;
        const isSlow = lastMinutes(
          slow,
          evaluationPeriods,
          ({ p99Milliseconds }) => (p99Milliseconds ?? 0) > thresholdMilliseconds,
        );
        if (isSlow >= datapointsToAlarm) return 'latency-p99';
      }
      return null;
    },
  };
}
