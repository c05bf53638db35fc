import { validationException } from '../wire/aws-error.ts';
import type { SageMakerDependencies } from '../sagemaker/dependencies.ts';
import type { Fleet } from '../sagemaker/fleet.ts';
import { scaleEndpoint } from '../sagemaker/scale.ts';
import { keyOf, type Endpoint } from '../sagemaker/state.ts';
import type { TargetIdentity, TargetStore } from './target-store.ts';
import { removeTarget } from './target-store.ts';

const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';

/** The instance count behind "endpoint/NAME/variant/VARIANT". */
export interface VariantCapacity {
  readonly desired: number;
  /** Scales when the endpoint is InService; answers whether it did. */
  setDesired(count: number): boolean;
}

/**
 * Looks a scalable target's resource up. Resources of other services are taken as they are: undefined.
 * @throws AwsError ValidationException when the endpoint or its variant does not exist.
 */
export function findVariantCapacity(
  dependencies: SageMakerDependencies,
  track: (work: Promise<void>) => void,
  { ServiceNamespace, ResourceId, ScalableDimension }: TargetIdentity,
): VariantCapacity | undefined {
  if (ServiceNamespace !== 'sagemaker' || ScalableDimension !== DIMENSION) return undefined;
  const parts = /^endpoint\/(?<endpoint>[^/]+)\/variant\/(?<variant>[^/]+)$/.exec(ResourceId)?.groups;
  const endpoint = dependencies.state.endpoints.get(keyOf(parts?.['endpoint'] ?? ''));
  const variant = endpoint?.serving?.variants.find(({ name }) => name === parts?.['variant']);
  if (endpoint === undefined || variant === undefined) {
    throw validationException(
      `Could not find endpoint variant "${ResourceId}": expected endpoint/NAME/variant/NAME of an endpoint that serves.`,
    );
  }
  return {
    desired: variant.desiredInstanceCount,
    setDesired(count) {
      if (endpoint.status !== 'InService') return false;
      track(scaleEndpoint(dependencies, endpoint, [{ VariantName: variant.name, DesiredInstanceCount: count }]));
      return true;
    },
  };
}

const targetsOf = (store: TargetStore, endpointName: string) =>
  [...store.targets.values()].filter(({ ResourceId }) => ResourceId.startsWith(`endpoint/${endpointName}/variant/`));

/**
 * The instance type of a variant cannot change while it is registered (developer guide, "Update endpoints that use
 * automatic scaling"). @throws AwsError ValidationException.
 */
export function checkInstanceTypesKept(store: TargetStore, blue: Fleet, green: Fleet, { name }: Endpoint): void {
  for (const { ResourceId } of targetsOf(store, name)) {
    const isVariant = (variant: { readonly name: string }) => ResourceId === `endpoint/${name}/variant/${variant.name}`;
    const before = blue.variants.find(isVariant)?.settings.InstanceType;
    const after = green.variants.find(isVariant)?.settings.InstanceType;
    if (before !== after) {
      throw validationException(
        `The instance type of ${ResourceId} cannot change from ${before ?? 'none'} to ${after ?? 'none'} while the variant is registered as a scalable target. Deregister it first.`,
      );
    }
  }
}

/** Deleting an endpoint deregisters its variants (developer guide, "Delete endpoints configured for auto scaling"). */
export function deregisterEndpoint(store: TargetStore, endpointName: string): void {
  for (const target of targetsOf(store, endpointName)) removeTarget(store, target);
}
