import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { alarmHandlers } from './alarms.ts';
import type { AlarmStore } from './alarm-store.ts';
import { dashboardHandlers, type Dashboards } from './dashboards.ts';
import { metricHandlers } from './metrics.ts';
import { checkDatum, recordDatum, type MetricStore } from './metric-store.ts';
import type { Place } from '../core/place.ts';

/** Every CloudWatch operation that the local AWS serves. */
export function cloudwatchHandlers(
  place: Place,
  dashboards: Dashboards,
  alarms: AlarmStore,
  metrics: MetricStore,
  now: () => Date,
): Handlers<Operations> {
  return {
    ...alarmHandlers(alarms),
    ...dashboardHandlers(place, dashboards, now),
    ...metricHandlers(metrics),
    PutMetricData({ Namespace, MetricData, EntityMetricData }) {
      if (Namespace.startsWith('AWS/')) {
        throw new AwsError('InvalidParameterValue', 'The value AWS/ for parameter Namespace is invalid.');
      }
      const data = [...(MetricData ?? []), ...(EntityMetricData ?? []).flatMap((entity) => entity.MetricData ?? [])];
      for (const datum of data) checkDatum(datum, now());
      for (const datum of data) recordDatum(metrics, Namespace, datum, now());
      alarms.reevaluate();
      return {};
    },
  };
}
