import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ABORT_METRIC } from '../../domain/environment/alarms.ts';
import type { Alarm, Alarms } from '../../ports/alarms.ts';
import type { AwsClientSettings } from './clients.ts';
import { callAws } from './errors.ts';

// DescribeAlarms takes at most 100 names: CloudWatch API model.
const NAMES_PER_CALL = 100;

/** Amazon CloudWatch: alarms on a release's metrics, and the metric that aborts its update. */
export function createCloudWatchAlarms(settings: AwsClientSettings): Alarms {
  const client = new CloudWatchClient({ ...settings });
  return {
    find: async (names) => {
      const found: Alarm[] = [];
      for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
        const batch = names.slice(start, start + NAMES_PER_CALL);
        let token: string | undefined;
        do {
          const output = await callAws(
            'DescribeAlarms',
            `alarms ${batch.join(', ')}`,
            async () =>
              await client.send(
                new DescribeAlarmsCommand({
                  AlarmNames: batch,
                  // Without the types only metric alarms are listed, and a composite alarm would look missing.
                  AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
                  ...(token === undefined ? {} : { NextToken: token }),
                }),
              ),
          );
          for (const alarm of [...(output.MetricAlarms ?? []), ...(output.CompositeAlarms ?? [])]) {
            found.push({
              name: alarm.AlarmName ?? '',
              state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
              reason: alarm.StateReason ?? '',
            });
          }
          token = output.NextToken;
        } while (token !== undefined);
      }
      return found;
    },
    requestAbort: async (endpointName, configName) => {
      await callAws(
        'PutMetricData',
        `metric ${ABORT_METRIC.name} of ${configName}`,
        async () =>
          await client.send(
            new PutMetricDataCommand({
              Namespace: ABORT_METRIC.namespace,
              MetricData: [
                {
                  MetricName: ABORT_METRIC.name,
                  Dimensions: [
                    { Name: 'EndpointName', Value: endpointName },
                    { Name: 'EndpointConfigName', Value: configName },
                  ],
                  Value: 1,
                  Unit: 'Count',
                  // The alarm has periods of ten seconds, which a metric by the minute would fill only once in six.
                  StorageResolution: 1,
                },
              ],
            }),
          ),
      );
    },
  };
}
