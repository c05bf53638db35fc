import type { Handlers } from '../core/service.ts';
import type { Datapoint, MetricDataQuery, MetricDataResult, Operations } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import type { MetricIdentity, MetricStore } from './metric-store.ts';
import { parseStatistic, type Statistic } from './metric-series.ts';

/** GetMetricData and GetMetricStatistics answer at most this many points a metric (API reference: 1,440 and more). */
const MAXIMUM_POINTS = 1_440;
/** GetMetricData API reference, MetricDataQueries. */
const MAXIMUM_QUERIES = 500;

interface Range {
  readonly startMilliseconds: number;
  readonly endMilliseconds: number;
  readonly periodMilliseconds: number;
}

/** The CloudWatch operations that read metrics. */
export function metricHandlers(
  metrics: MetricStore,
): Pick<Handlers<Operations>, 'GetMetricData' | 'GetMetricStatistics' | 'ListMetrics'> {
  return {
    ListMetrics({ Namespace, MetricName, Dimensions = [], NextToken }) {
      const matching = metrics
        .list()
        .filter(({ namespace }) => Namespace === undefined || namespace === Namespace)
        .filter(({ name }) => MetricName === undefined || name === MetricName)
        .filter(({ dimensions }) =>
          Dimensions.every(({ Name, Value }) =>
            dimensions.some(
              (dimension) => dimension.Name === Name && (Value === undefined || dimension.Value === Value),
            ),
          ),
        )
        .map(({ namespace, name, dimensions }) => ({ Namespace: namespace, MetricName: name, Dimensions: dimensions }));
      const page = paginate(matching, 500, NextToken);
      return { Metrics: page.items, NextToken: page.nextToken };
    },
    GetMetricStatistics(input) {
      if (input.Statistics === undefined && input.ExtendedStatistics === undefined) {
        throw new AwsError(
          'InvalidParameterCombination',
          'At least one of Statistics and ExtendedStatistics is needed.',
        );
      }
      const statistics = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])].map(requireStatistic);
      const identity = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
      const range = rangeOf(input.StartTime, input.EndTime, input.Period);
      const points = bucketStarts(range).flatMap((at) => readDatapoint(metrics, identity, statistics, at, range));
      return { Label: input.MetricName, Datapoints: points };
    },
    GetMetricData({ MetricDataQueries, StartTime, EndTime, ScanBy }) {
      if (MetricDataQueries.length > MAXIMUM_QUERIES) {
        throw new AwsError('ValidationError', `A call can have at most ${MAXIMUM_QUERIES} MetricDataQueries.`);
      }
      const ids = MetricDataQueries.map(({ Id }) => Id);
      const wrong = ids.find((id, index) => !/^[a-z]\w*$/.test(id) || ids.indexOf(id) !== index);
      if (wrong !== undefined) {
        throw new AwsError(
          'ValidationError',
          `The Id ${wrong} is there twice, or doesn't start with a lower-case letter.`,
        );
      }
      const results = MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map((query) =>
        readQuery(metrics, query, StartTime, EndTime, ScanBy === 'TimestampAscending'),
      );
      return { MetricDataResults: results, Messages: [] };
    },
  };
}

function readQuery(
  metrics: MetricStore,
  { Id, Label, MetricStat: stat }: MetricDataQuery,
  startTime: Date,
  endTime: Date,
  isAscending: boolean,
): MetricDataResult {
  if (stat === undefined) {
    throw new AwsError('ValidationError', `Query ${Id} is an expression, which the local AWS does not evaluate.`);
  }
  const { Metric, Period, Stat } = stat;
  const statistic = requireStatistic(Stat);
  const range = rangeOf(startTime, endTime, Period);
  const series = metrics.find({
    namespace: Metric.Namespace ?? '',
    name: Metric.MetricName ?? '',
    dimensions: Metric.Dimensions ?? [],
  });
  const points = bucketStarts(range).flatMap((at) => {
    const value = series?.compute(statistic, at, at + range.periodMilliseconds);
    return value === undefined ? [] : [{ at, value }];
  });
  if (!isAscending) points.reverse();
  return {
    Id,
    Label: Label ?? Metric.MetricName,
    Timestamps: points.map(({ at }) => new Date(at)),
    Values: points.map(({ value }) => value),
    StatusCode: 'Complete',
  };
}

function readDatapoint(
  metrics: MetricStore,
  identity: MetricIdentity,
  statistics: readonly Statistic[],
  at: number,
  { periodMilliseconds }: Range,
): Datapoint[] {
  const series = metrics.find(identity);
  const values = statistics.map((name) => [name, series?.compute(name, at, at + periodMilliseconds)] as const);
  if (values.every(([, value]) => value === undefined)) return [];
  const basic = values.filter(([name]) => !name.startsWith('p'));
  const extended = values.flatMap(([name, value]) =>
    name.startsWith('p') && value !== undefined ? [[name, value]] : [],
  );
  return [
    {
      Timestamp: new Date(at),
      ...Object.fromEntries(basic),
      ...(extended.length > 0 && { ExtendedStatistics: Object.fromEntries(extended) as Record<string, number> }),
    },
  ];
}

function rangeOf(start: Date, end: Date, periodSeconds: number): Range {
  if (start >= end) {
    throw new AwsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  }
  if (![1, 5, 10, 20, 30].includes(periodSeconds) && (periodSeconds < 60 || periodSeconds % 60 !== 0)) {
    throw new AwsError('ValidationError', 'The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.');
  }
  const range = {
    startMilliseconds: start.getTime(),
    endMilliseconds: end.getTime(),
    periodMilliseconds: periodSeconds * 1000,
  };
  if ((range.endMilliseconds - range.startMilliseconds) / range.periodMilliseconds > MAXIMUM_POINTS) {
    throw new AwsError(
      'InvalidParameterCombination',
      `You have requested up to more than ${MAXIMUM_POINTS} datapoints, which exceeds the limit.`,
    );
  }
  return range;
}

function bucketStarts({ startMilliseconds, endMilliseconds, periodMilliseconds }: Range): number[] {
  const first = Math.floor(startMilliseconds / periodMilliseconds) * periodMilliseconds;
  const count = Math.max(0, Math.ceil((endMilliseconds - first) / periodMilliseconds));
  return Array.from({ length: count }, (_, index) => first + index * periodMilliseconds);
}

function requireStatistic(text: string): Statistic {
  const statistic = parseStatistic(text);
  if (statistic !== undefined) return statistic;
  throw new AwsError('InvalidParameterValue', `The statistic ${text} is not emulated by the local AWS.`);
}
