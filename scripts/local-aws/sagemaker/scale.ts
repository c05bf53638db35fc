import type { DesiredWeightAndCapacity, UpdateEndpointInput } from '../api-models/sagemaker.types.ts';
import { validationException } from '../wire/aws-error.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { retireInstance, setActiveCount, type Fleet, type FleetVariant } from './fleet.ts';
import { awaitMachines, launchInstances } from './launch.ts';
import type { Endpoint } from './state.ts';

/**
 * What a new fleet keeps of the serving one: with RetainAllVariantProperties the live instance counts and weights,
 * but those that ExcludeRetainedVariantProperties lists.
 */
export function retainedProperties(
  blue: Fleet,
  { RetainAllVariantProperties, ExcludeRetainedVariantProperties }: UpdateEndpointInput,
): (variantName: string) => { readonly instanceCount?: number | undefined; readonly weight?: number | undefined } {
  const excluded = (ExcludeRetainedVariantProperties ?? []).map(({ VariantPropertyType }) => VariantPropertyType);
  if (excluded.length > 0 && RetainAllVariantProperties !== true) {
    throw validationException('ExcludeRetainedVariantProperties requires RetainAllVariantProperties to be true.');
  }
  return (variantName) => {
    const variant = blue.variants.find(({ name }) => name === variantName);
    if (RetainAllVariantProperties !== true || variant === undefined) return {};
    return {
      instanceCount: excluded.includes('DesiredInstanceCount') ? undefined : variant.desiredInstanceCount,
      weight: excluded.includes('DesiredWeight') ? undefined : variant.desiredWeight,
    };
  };
}

/**
 * Brings variants to other counts and weights: Updating, then InService. The checks throw, the work runs on.
 * @throws AwsError ValidationException for an unknown variant.
 */
export function scaleEndpoint(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  wishes: readonly DesiredWeightAndCapacity[],
): Promise<void> {
  const fleet = endpoint.serving;
  const changes = wishes.map((wish, index) => {
    if (wishes.findIndex(({ VariantName }) => VariantName === wish.VariantName) !== index) {
      throw validationException(`Variant "${wish.VariantName}" is named more than once.`);
    }
    // Only inference components and asynchronous endpoints, which are not emulated, scale to none.
    if (wish.DesiredInstanceCount === 0) {
      throw validationException(`DesiredInstanceCount of variant "${wish.VariantName}" must be at least 1.`);
    }
    const variant = fleet?.variants.find(({ name }) => name === wish.VariantName);
    if (variant === undefined) {
      throw validationException(`Variant(s) "${wish.VariantName}" do not exist in endpoint "${endpoint.arn}".`);
    }
    return { variant, wish };
  });
  endpoint.status = 'Updating';
  endpoint.modifiedAt = dependencies.clock.now();
  for (const { variant, wish } of changes) {
    const before = variant.desiredInstanceCount;
    variant.desiredWeight = wish.DesiredWeight ?? variant.desiredWeight;
    variant.desiredInstanceCount = wish.DesiredInstanceCount ?? variant.desiredInstanceCount;
    if (variant.desiredInstanceCount === before) continue;
    const direction = variant.desiredInstanceCount > before ? 'out' : 'in';
    variant.status = {
      Status: 'Updating',
      StatusMessage: `Scaling ${direction} to ${variant.desiredInstanceCount} instance(s).`,
      StartTime: endpoint.modifiedAt,
    };
  }
  return fleet === undefined ? Promise.resolve() : scale(dependencies, endpoint, fleet);
}

async function scale(dependencies: SageMakerDependencies, endpoint: Endpoint, fleet: Fleet): Promise<void> {
  const { clock, log } = dependencies;
  try {
    await Promise.all(fleet.variants.map((variant) => scaleVariant(dependencies, endpoint, fleet, variant)));
    endpoint.failureReason = undefined;
  } catch (error) {
    endpoint.failureReason = error instanceof Error ? error.message : String(error);
    for (const variant of fleet.variants) variant.desiredInstanceCount = variant.instances.length;
  }
  for (const variant of fleet.variants) variant.status = undefined;
  endpoint.status = 'InService';
  endpoint.modifiedAt = clock.now();
  const counts = fleet.variants.map(({ name, instances }) => `${name} ${instances.length}`).join(', ');
  log(`endpoint ${endpoint.name}: scaled to ${counts}`);
}

async function scaleVariant(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
  variant: FleetVariant,
): Promise<void> {
  const count = variant.desiredInstanceCount;
  await awaitMachines(dependencies, endpoint, fleet, { [variant.name]: count });
  await launchInstances(dependencies, endpoint, fleet, variant, count, endpoint.lifetime.signal);
  setActiveCount(variant, count);
  await Promise.all(variant.instances.slice(count).map((instance) => retireInstance(variant, instance)));
  variant.currentWeight = variant.desiredWeight;
}
