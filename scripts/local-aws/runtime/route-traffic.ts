import { routableInstances, type Fleet, type FleetVariant, type Instance } from '../sagemaker/fleet.ts';
import type { Endpoint } from '../sagemaker/state.ts';

/** The instance that answers an invocation, and the fleet it belongs to. */
export interface Route {
  readonly variant: FleetVariant;
  readonly instance: Instance;
  readonly fleet: Fleet;
}

/**
 * Where an invocation goes: a variant by weight (or the wished one), then one of its active instances, blue and green
 * alike, at random or the least loaded as RoutingConfig says. Undefined when nothing can answer.
 */
export function routeTraffic(
  endpoint: Endpoint,
  targetVariant: string | undefined,
  random: () => number,
): Route | undefined {
  const fleets = [endpoint.serving, endpoint.pending?.fleet].filter((fleet) => fleet !== undefined);
  const variants = endpoint.serving?.variants ?? [];
  const chosen =
    targetVariant === undefined ? pickByWeight(variants, random) : variants.find(({ name }) => name === targetVariant);
  if (chosen === undefined) return undefined;
  const candidates = fleets.flatMap((fleet) =>
    fleet.variants
      .filter(({ name }) => name === chosen.name)
      .flatMap((variant) => routableInstances(variant).map((instance) => ({ variant, instance, fleet }))),
  );
  if (chosen.settings.RoutingConfig?.RoutingStrategy === 'LEAST_OUTSTANDING_REQUESTS') {
    return candidates.reduce<Route | undefined>(
      (best, route) => (best !== undefined && best.instance.inFlight <= route.instance.inFlight ? best : route),
      undefined,
    );
  }
  return candidates[Math.floor(random() * candidates.length)];
}

function pickByWeight(variants: readonly FleetVariant[], random: () => number): FleetVariant | undefined {
  if (variants.length < 2) return variants[0];
  const total = variants.reduce((sum, { currentWeight }) => sum + currentWeight, 0);
  let point = random() * total;
  return variants.find(({ currentWeight }) => (point -= currentWeight) < 0);
}
