import type { InvocationObservation } from '../sagemaker/dependencies.ts';
import type { MetricStore } from './metric-store.ts';

/**
 * Counts one invocation as SageMaker does (developer guide, "Monitor with CloudWatch"): by endpoint and variant, which
 * mixes blue and green, and with the endpoint config as third dimension, which is one fleet.
 */
export function recordInvocation(metrics: MetricStore, observation: InvocationObservation, now: Date): void {
  const { endpointName, variantName, configName, status } = observation;
  const both = [
    { Name: 'EndpointName', Value: endpointName },
    { Name: 'VariantName', Value: variantName },
  ];
  const values = {
    Invocations: 1,
    Invocation4XXErrors: status >= 400 && status < 500 ? 1 : 0,
    Invocation5XXErrors: status === 0 || status >= 500 ? 1 : 0,
    ModelLatency: observation.modelLatencyMicroseconds,
    OverheadLatency: observation.overheadLatencyMicroseconds,
  };
  for (const dimensions of [both, [...both, { Name: 'EndpointConfigName', Value: configName }]]) {
    for (const [name, value] of Object.entries(values)) {
      metrics.record({ namespace: 'AWS/SageMaker', name, dimensions }, now, value);
    }
  }
}
