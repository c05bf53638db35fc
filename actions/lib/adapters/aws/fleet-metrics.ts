import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { VARIANT_NAME } from '../../domain/environment/names.ts';
import type { FleetMetrics } from '../../ports/fleet-metrics.ts';
import type { AwsClientSettings } from './clients.ts';
import { callAws } from './errors.ts';

const MINUTE_MILLISECONDS = 60_000;

/** Metric and statistic by the id of its query. ModelLatency is in microseconds. */
const METRICS = {
  invocations: ['Invocations', 'Sum'],
  client: ['Invocation4XXErrors', 'Sum'],
  server: ['Invocation5XXErrors', 'Sum'],
  p50: ['ModelLatency', 'p50'],
  p99: ['ModelLatency', 'p99'],
} as const;

/**
 * SageMaker's metrics of one fleet: with the dimension EndpointConfigName beside endpoint and variant.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export function createFleetMetrics(settings: AwsClientSettings): FleetMetrics {
  const client = new CloudWatchClient({ ...settings });
  return {
    minutes: async (endpointName, configName, from, to) => {
      const start = Math.floor(from / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
      const end = Math.floor(to / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
      if (end <= start) return [];
      const values = await readValues(client, queriesFor(endpointName, configName), start, end);
      const valueOf = (id: keyof typeof METRICS, at: number): number | undefined => values.get(id)?.get(at);
      const milliseconds = (microseconds: number | undefined): number | null =>
        microseconds === undefined ? null : microseconds / 1000;
      return [...(values.get('invocations')?.keys() ?? [])]
        .sort((one, other) => one - other)
        .map((at) => ({
          at,
          invocations: valueOf('invocations', at) ?? 0,
          errors: (valueOf('client', at) ?? 0) + (valueOf('server', at) ?? 0),
          p50Milliseconds: milliseconds(valueOf('p50', at)),
          p99Milliseconds: milliseconds(valueOf('p99', at)),
        }));
    },
  };
}

function queriesFor(endpointName: string, configName: string): MetricDataQuery[] {
  return Object.entries(METRICS).map(([id, [name, statistic]]) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/SageMaker',
        MetricName: name,
        Dimensions: [
          { Name: 'EndpointName', Value: endpointName },
          { Name: 'VariantName', Value: VARIANT_NAME },
          { Name: 'EndpointConfigName', Value: configName },
        ],
      },
      Period: MINUTE_MILLISECONDS / 1000,
      Stat: statistic,
    },
  }));
}

/** Values by query and by start of their minute. */
async function readValues(
  client: CloudWatchClient,
  queries: MetricDataQuery[],
  start: number,
  end: number,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const values = new Map<string, Map<number, number>>();
  let token: string | undefined;
  do {
    const output = await callAws(
      'GetMetricData',
      'metrics of AWS/SageMaker',
      async () =>
        await client.send(
          new GetMetricDataCommand({
            MetricDataQueries: queries,
            StartTime: new Date(start),
            EndTime: new Date(end),
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        ),
    );
    for (const { Id = '', Timestamps = [], Values = [] } of output.MetricDataResults ?? []) {
      const known = values.get(Id) ?? new Map<number, number>();
      values.set(Id, known);
      Timestamps.forEach((time, index) => known.set(time.getTime(), Values[index] ?? 0));
    }
    token = output.NextToken;
  } while (token !== undefined);
  return values;
}
