import type { Environment } from '../environment/environment.ts';
import { UserError } from '../errors/user-error.ts';

/** The place of an environment in the promotion chain of its service. */
export interface ChainPlace {
  readonly name: string;
  readonly service: string;
  readonly promotionOrder: number;
}

/** A service with its environments, in the order in which releases pass them. */
export interface PromotionChain {
  readonly service: string;
  readonly environments: readonly string[];
}

/** Sorts environments by service, then by their place in its promotion chain. */
export function compareChainPlaces(a: ChainPlace, b: ChainPlace): number {
  return compareText(a.service, b.service) || a.promotionOrder - b.promotionOrder || compareText(a.name, b.name);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The promotion chains that environments form, one for each service. */
export function promotionChains(environments: readonly ChainPlace[]): readonly PromotionChain[] {
  const byService = new Map<string, string[]>();
  for (const { name, service } of environments.toSorted(compareChainPlaces)) {
    byService.set(service, [...(byService.get(service) ?? []), name]);
  }
  return [...byService].map(([service, names]) => ({ service, environments: names }));
}

/**
 * The environments, service by service, in the order in which releases pass them.
 *
 * @throws UserError when two environments of one service claim the same place.
 */
export function inPromotionOrder(environments: readonly Environment[]): readonly Environment[] {
  const sorted = environments.toSorted(compareChainPlaces);
  for (const [index, environment] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next?.service !== environment.service || next.promotionOrder !== environment.promotionOrder) continue;
    throw new UserError({
      what: `${environment.name} and ${next.name} have the same place in the promotion order of ${next.service}`,
      where: `environments/${next.name}/environment.json at promotionOrder`,
      expected: 'a different number in every environment of a service',
      found: String(next.promotionOrder),
      remedy: 'Number the environments in the order in which a release should pass them.',
      location: { file: `environments/${next.name}/environment.json` },
    });
  }
  return sorted;
}

/** The environment of the same service that a release passes after this one; undefined for the last. */
export function environmentAfter(environments: readonly Environment[], name: string): Environment | undefined {
  const sorted = inPromotionOrder(environments);
  const index = sorted.findIndex((environment) => environment.name === name);
  const next = index === -1 ? undefined : sorted[index + 1];
  return next?.service === sorted[index]?.service ? next : undefined;
}

/**
 * The first environment of a service.
 *
 * @param service empty only where there is one service alone
 * @throws UserError when no environment has that service, or several services could be meant.
 */
export function firstEnvironment(environments: readonly Environment[], service: string | undefined): Environment {
  const sorted = inPromotionOrder(environments);
  const services = [...new Set(sorted.map((environment) => environment.service))];
  const first = sorted.find((environment) => environment.service === (service ?? services[0]));
  if (first !== undefined && (service !== undefined || services.length === 1)) return first;
  if (first !== undefined) {
    throw new UserError({
      what: 'The repository has several services, and none is named',
      where: 'with: service',
      expected: `one of ${services.join(', ')}`,
      found: 'nothing',
      remedy: 'Name the service, or the environment.',
    });
  }
  throw new UserError({
    what: service === undefined ? 'There is no environment' : `No environment has the service "${service}"`,
    where: 'environments/',
    expected: services.length === 0 ? 'a folder with an environment.json' : `one of ${services.join(', ')}`,
    found: service ?? 'none',
    remedy:
      services.length === 0
        ? 'Check out the repository before this step.'
        : 'Use a service that an environment.json names, or add an environment for it.',
  });
}
