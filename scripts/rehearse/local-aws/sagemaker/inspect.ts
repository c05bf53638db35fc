import type { SageMakerDependencies } from './dependencies.ts';
import type { Fleet } from './fleet.ts';
import { requireEndpoint, type EndpointStatus } from './state.ts';

/** What stands behind an endpoint: more than DescribeEndpoint says. */
export interface EndpointInspection {
  readonly name: string;
  readonly status: EndpointStatus;
  readonly configName: string;
  readonly fleets: readonly FleetInspection[];
}

export interface FleetInspection {
  readonly role: 'serving' | 'pending';
  readonly configName: string;
  readonly instances: readonly {
    readonly id: string;
    readonly variantName: string;
    readonly address: string | undefined;
    readonly active: boolean;
    readonly healthy: boolean;
    readonly inFlight: number;
  }[];
}

/** Every endpoint with its fleets and instances. */
export function inspectEndpoints({ state }: SageMakerDependencies): readonly EndpointInspection[] {
  return [...state.endpoints.values()].map(({ name, status, configName, serving, pending }) => ({
    name,
    status,
    configName,
    fleets: [
      ...(serving === undefined ? [] : [inspectFleet('serving', serving)]),
      ...(pending === undefined ? [] : [inspectFleet('pending', pending.fleet)]),
    ],
  }));
}

/** One running instance; `state` is "active" with traffic, "standby" without, "unhealthy" while it is started again. */
export interface InstanceInspection {
  readonly id: string;
  readonly endpointName: string;
  readonly configName: string;
  readonly variantName: string;
  readonly state: 'active' | 'standby' | 'unhealthy';
  readonly address: string | undefined;
}

/** Every instance of every endpoint. */
export function inspectInstances(dependencies: SageMakerDependencies): readonly InstanceInspection[] {
  return inspectEndpoints(dependencies).flatMap(({ name, fleets }) =>
    fleets.flatMap(({ configName, instances }) =>
      instances.map(({ id, variantName, healthy, active, address }) => {
        const state = !healthy ? 'unhealthy' : active ? 'active' : 'standby';
        return { id, endpointName: name, configName, variantName, state, address };
      }),
    ),
  );
}

const inspectFleet = (role: 'serving' | 'pending', { configName, variants }: Fleet): FleetInspection => ({
  role,
  configName,
  instances: variants.flatMap((variant) =>
    variant.instances.map(({ id, server, active, healthy, inFlight }) => ({
      id,
      variantName: variant.name,
      address: server.address,
      active,
      healthy,
      inFlight,
    })),
  ),
});

/**
 * SageMaker maintains its fleets by itself: the endpoint is SystemUpdating for so many emulated seconds.
 * @throws Error unless the endpoint is InService.
 */
export function systemUpdate(dependencies: SageMakerDependencies, endpointName: string, seconds: number): void {
  const { state, clock, log } = dependencies;
  const endpoint = requireEndpoint(state, endpointName);
  if (endpoint.status !== 'InService') {
    throw new Error(`a system update of ${endpointName} needs an endpoint InService, found ${endpoint.status}`);
  }
  endpoint.status = 'SystemUpdating';
  endpoint.modifiedAt = clock.now();
  log(`endpoint ${endpointName}: SystemUpdating for ${seconds} s`);
  clock.waitEmulated(seconds * 1000, endpoint.lifetime.signal).then(
    () => {
      endpoint.status = 'InService';
      endpoint.modifiedAt = clock.now();
    },
    () => undefined,
  );
}
