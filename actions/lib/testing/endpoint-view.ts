import type { EndpointView } from '../domain/endpoint/endpoint.ts';

/** An endpoint as a test describes it; its fleets have two instances each. */
export interface TestEndpoint extends Pick<EndpointView, 'status' | 'configName' | 'lastModifiedAt'> {
  /** The config of the fleet that an update builds, or null. */
  readonly pending: string | null;
  readonly imageDigests: readonly string[];
  readonly desiredInstances?: number;
  readonly stages?: EndpointView['serving']['stages'];
}

/** The endpoint as DescribeEndpoint would show it. */
export function endpointView(endpoint: TestEndpoint): EndpointView {
  const { status, configName, pending, imageDigests, lastModifiedAt, desiredInstances = 2, stages = [] } = endpoint;
  const fleet = (name: string): EndpointView['serving'] => ({
    configName: name,
    variantName: 'primary',
    otherVariants: [],
    imageDigests,
    currentInstances: 2,
    desiredInstances,
    instanceType: undefined,
    stages,
  });
  return {
    name: 'endpoint',
    status,
    configName,
    serving: fleet(configName),
    pending: pending === null ? null : fleet(pending),
    alarmNames: undefined,
    failureReason: undefined,
    lastModifiedAt,
  };
}
