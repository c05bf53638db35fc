import { noSuchEnvironment } from '../environment/no-such-environment.ts';
import type { Environment } from '../environment/environment.ts';
import { isConfigured } from '../environment/configured.ts';
import { describeError, oneOf, UserError } from '../errors/user-error.ts';

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

/**
 * Refuses a service with environments in several regions. SageMaker takes an image and a model only from the region of the
 * endpoint, and a release names the same ones in each environment. Environments that aren't set up yet don't count.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
 * @throws UserError that names the first environment in another region than the first of its service.
 */
export function checkRegions(environments: readonly Environment[]): void {
  const firsts = new Map<string, Environment>();
  for (const environment of environments.filter(isConfigured).toSorted(compareChainPlaces)) {
    const first = firsts.get(environment.service) ?? environment;
    firsts.set(environment.service, first);
    if (environment.region === first.region) continue;
    throw new UserError({
      what: `${first.name} and ${environment.name} of ${first.service} are in different regions`,
      where: `environments/${environment.name}/environment.json at region`,
      expected: `${first.region}, the region of ${first.name}: SageMaker takes the image and the model of a release only from its own region`,
      found: environment.region,
      remedy: `Use one region for all environments of a service, and a service of its own for each further region, such as "${first.service}-${environment.region}".`,
      location: { file: `environments/${environment.name}/environment.json` },
    });
  }
}

/** The environments of a repository: those that can be read, and the others. */
export interface KnownEnvironments {
  readonly environments: readonly Environment[];
  readonly broken: readonly BrokenEnvironment[];
}

/** An environment whose file can't be read, in the place that it still says; without one it comes last. */
export interface BrokenEnvironment extends ChainPlace {
  /** What is wrong with its file. */
  readonly error: unknown;
}

/**
 * The environment of the same service that a release passes after this one; undefined for the last.
 *
 * @throws UserError when there is no such environment, or one that comes next, or may do so, can't be read.
 */
export function environmentAfter(known: KnownEnvironments, name: string): Environment | undefined {
  const own = environmentNamed(known, name);
  const sorted = inPromotionOrder(known.environments.filter(({ service }) => service === own.service));
  const next = sorted[sorted.indexOf(own) + 1];
  refuseBroken(known, own.service, { after: own, to: next });
  return next;
}

/**
 * The environment of the same service that a release has to be verified in before this one; undefined for the first. One that
 * isn't set up can't verify anything.
 *
 * @throws UserError when there is no such environment, or one that comes before it, or may do so, can't be read.
 */
export function environmentBefore(known: KnownEnvironments, name: string): Environment | undefined {
  const own = environmentNamed(known, name);
  const sorted = inPromotionOrder(known.environments.filter(({ service }) => service === own.service));
  const before = sorted.slice(0, sorted.indexOf(own)).findLast(isConfigured);
  refuseBroken(known, own.service, { after: before, to: own });
  return before;
}

/**
 * The environment of a name.
 *
 * @throws UserError when there is none, or its file can't be read.
 */
export function environmentNamed(known: KnownEnvironments, name: string): Environment {
  const own = known.environments.find((environment) => environment.name === name);
  if (own === undefined) throw missingEnvironment(known, name);
  return own;
}

/**
 * The first environment of a service.
 *
 * @param service empty only where there is one service alone
 * @throws UserError when no environment has that service, several services could be meant, or the environment that is the
 *   first, or may be it, can't be read.
 */
export function firstEnvironment(known: KnownEnvironments, service: string | undefined): Environment {
  const services = promotionChains(known.environments).map((chain) => chain.service);
  const named = service ?? services[0];
  const [first] = inPromotionOrder(known.environments.filter((environment) => environment.service === named));
  if (first !== undefined && (service !== undefined || services.length === 1)) {
    refuseBroken(known, first.service, { after: undefined, to: first });
    return first;
  }
  if (first !== undefined) {
    throw new UserError({
      what: 'The repository has several services, and none is named',
      where: 'with: service',
      expected: `one of ${services.join(', ')}`,
      found: 'nothing',
      remedy: 'Name the service, or the environment.',
    });
  }
  const [lost] = known.broken.filter((broken) => broken.service === service);
  if (lost !== undefined) throw lost.error;
  throw new UserError({
    what: service === undefined ? 'There is no environment' : `No environment has the service "${service}"`,
    where: 'environments/',
    expected: oneOf(services, 'a folder with an environment.json'),
    found: service ?? 'none',
    remedy:
      services.length === 0
        ? 'Check out the repository before this step.'
        : 'Use a service that an environment.json names, or add an environment for it.',
  });
}

/** Refuses to pass over an environment of a service that can't be read, and is or may be between two others. */
function refuseBroken(
  { broken }: KnownEnvironments,
  service: string,
  { after, to }: { readonly after: Environment | undefined; readonly to: Environment | undefined },
): void {
  const between = broken.find(
    ({ service: other, promotionOrder: place }) =>
      other === service &&
      (place === Infinity ||
        (place > (after?.promotionOrder ?? -Infinity) && place <= (to?.promotionOrder ?? Infinity))),
  );
  if (between === undefined) return;
  const file = `environments/${between.name}/environment.json`;
  const place = after === undefined ? 'is the first' : `comes after ${after.name}`;
  throw new UserError({
    what: `The promotion chain of ${service} goes through ${between.name}, whose file can't be read: which environment ${place} is not known`,
    where: file,
    expected: 'a valid environment.json',
    found: describeError(between.error),
    remedy: 'Correct the file. The other services go on meanwhile.',
    location: { file },
    cause: between.error,
  });
}

function missingEnvironment({ environments, broken }: KnownEnvironments, name: string): unknown {
  const lost = broken.find((environment) => environment.name === name);
  if (lost !== undefined) return lost.error;
  return noSuchEnvironment(
    name,
    environments.map((environment) => environment.name),
  );
}
