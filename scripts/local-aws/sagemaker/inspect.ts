import type { Place } from '../core/place.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import type { Fleet } from './fleet.ts';
import { requireEndpoint, type EndpointStatus } from './state.ts';

/** The fleets and instances of an endpoint, which DescribeEndpoint does not show. */
export interface EndpointInspection {
  readonly place: Place;
  readonly name: string;
  readonly status: EndpointStatus;
  readonly configName: string;
  readonly fleets: readonly FleetInspection[];
}

interface FleetInspection {
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

/** Every endpoint of an account and region with its fleets and instances. */
export function inspectEndpoints({ state }: SageMakerDependencies): readonly EndpointInspection[] {
  return [...state.endpoints.values()].map(({ name, status, configName, serving, pending }) => ({
    place: state.place,
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
  readonly place: Place;
  readonly id: string;
  readonly endpointName: string;
  readonly configName: string;
  readonly variantName: string;
  readonly state: 'active' | 'standby' | 'unhealthy';
  readonly address: string | undefined;
}

/** Every instance of every endpoint of an account and region. */
export function inspectInstances(dependencies: SageMakerDependencies): readonly InstanceInspection[] {
  return inspectEndpoints(dependencies).flatMap(({ place, name, fleets }) =>
    fleets.flatMap(({ configName, instances }) =>
      instances.map(({ id, variantName, healthy, active, address }) => {
        const state = !healthy ? 'unhealthy' : active ? 'active' : 'standby';
        return { place, id, endpointName: name, configName, variantName, state, address };
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
 * Puts an endpoint into SystemUpdating for some emulated seconds, as SageMaker's own maintenance does.
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
