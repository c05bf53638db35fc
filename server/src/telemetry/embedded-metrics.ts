import type { Metrics } from './metrics.ts';

// CloudWatch embedded metric format: a log line that CloudWatch turns into metrics without any call.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

/** The line for what happened between two readings of the totals; undefined if nothing did. */
export function renderEmbeddedMetrics(
  before: ReturnType<Metrics['totals']>,
  after: ReturnType<Metrics['totals']>,
  releaseId: string | undefined,
  timestamp: number,
): string | undefined {
  const requests = after.requests - before.requests;
  const batchDisagreements = after.batchDisagreements - before.batchDisagreements;
  if (requests === 0 && batchDisagreements === 0) return undefined;
  const dimensions = releaseId === undefined ? [] : ['ReleaseId'];
  return `${JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: 'OnnxInferenceServer',
          Dimensions: [dimensions],
          Metrics: [
            { Name: 'Requests', Unit: 'Count' },
            { Name: 'Faults', Unit: 'Count' },
            { Name: 'MeanDuration', Unit: 'Milliseconds' },
            { Name: 'BatchDisagreements', Unit: 'Count' },
          ],
        },
      ],
    },
    ...(releaseId === undefined ? {} : { ReleaseId: releaseId }),
    Requests: requests,
    Faults: after.faults - before.faults,
    MeanDuration: ((after.seconds - before.seconds) / Math.max(1, requests)) * 1000,
    BatchDisagreements: batchDisagreements,
  })}\n`;
}
