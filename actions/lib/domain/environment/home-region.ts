import type { Environment } from './environment.ts';

/** The stored home region of a service in an account; undefined before its first bootstrap. */
export type HomeRegions = (place: Pick<Environment, 'service' | 'account'>) => string | undefined;

/**
 * The region that holds the state and the artifacts of a service in an account. The first bootstrap stores it, and it never
 * moves with the environments. Until then it is the region of the first environment in promotion order.
 */
export function homeRegion(environment: Environment, all: readonly Environment[], stored: HomeRegions): string {
  const [first = environment] = all
    .filter(({ service, account }) => service === environment.service && account === environment.account)
    .sort((a, b) => a.promotionOrder - b.promotionOrder || (a.name < b.name ? -1 : 1));
  return stored(environment) ?? first.region;
}
