import type { MetricAlarm } from '../api-models/cloudwatch.types.ts';
import type { MetricStore } from './metric-store.ts';
import { parseStatistic } from './metric-series.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmVerdict {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * The state of an alarm on one metric at a moment: its last EvaluationPeriods windows, ending now, against the
 * threshold. Of windows that ended since `from`, when it was evaluated last, one that breaches counts too: CloudWatch
 * evaluates each period. `lasting` says how long a period of so many emulated milliseconds is in the store's time.
 * Undefined when missing data leaves the state as it is.
 */
export function evaluateAlarm(
  alarm: MetricAlarm,
  store: MetricStore,
  { from, now }: { readonly from: Date | undefined; readonly now: Date },
  lasting: (emulatedMilliseconds: number) => number,
): AlarmVerdict | undefined {
  const statistic = parseStatistic(alarm.Statistic ?? alarm.ExtendedStatistic ?? '');
  const { Namespace, MetricName, Period, EvaluationPeriods = 1 } = alarm;
  if (statistic === undefined || Namespace === undefined || MetricName === undefined || Period === undefined) {
    return { state: 'INSUFFICIENT_DATA', reason: 'The local AWS evaluates alarms on one metric with one statistic.' };
  }
  const series = store.find({ namespace: Namespace, name: MetricName, dimensions: alarm.Dimensions ?? [] });
  const window = lasting(Period * 1000);
  const verdictAt = (end: number): AlarmVerdict | undefined => {
    const points = Array.from({ length: EvaluationPeriods }, (_, index) =>
      series?.compute(statistic, end - (index + 1) * window, end - index * window),
    );
    return judge(alarm, points);
  };
  const last = now.getTime() + 1;
  for (let end = (from?.getTime() ?? Infinity) + 1 + window; end < last; end += window) {
    const verdict = verdictAt(end);
    if (verdict?.state === 'ALARM') return verdict;
  }
  return verdictAt(last);
}

function judge(alarm: MetricAlarm, points: readonly (number | undefined)[]): AlarmVerdict | undefined {
  const threshold = alarm.Threshold ?? 0;
  const needed = alarm.DatapointsToAlarm ?? points.length;
  const missing = points.filter((point) => point === undefined).length;
  const breaching = points.filter((point) => point !== undefined && isBreaching(alarm, point, threshold)).length;
  const shown = points.filter((point) => point !== undefined).map((point) => point.toString());
  const thresholdText = `${alarm.ComparisonOperator ?? ''} the threshold (${threshold})`;
  const treatment = alarm.TreatMissingData ?? 'missing';
  const counted = breaching + (treatment === 'breaching' ? missing : 0);
  if (counted >= needed) {
    const reason = `Threshold Crossed: ${counted} datapoint(s) [${shown.join(', ')}] were ${thresholdText}.`;
    return { state: 'ALARM', reason };
  }
  if (missing === points.length && treatment !== 'notBreaching' && treatment !== 'breaching') {
    if (treatment === 'ignore') return undefined;
    return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${missing} datapoint(s) were unknown.` };
  }
  return {
    state: 'OK',
    reason: `Threshold Crossed: the datapoint(s) [${shown.join(', ')}] were not ${thresholdText}.`,
  };
}

function isBreaching(alarm: MetricAlarm, value: number, threshold: number): boolean {
  switch (alarm.ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    default:
      // Anomaly bands need a model that the local AWS does not have.
      return false;
  }
}
