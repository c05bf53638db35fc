import type { Environment } from './environment.ts';
import { UserError } from './errors.ts';

/**
 * The environments in the order in which releases pass them.
 *
 * @throws UserError when two of them claim the same place.
 */
export function inPromotionOrder(environments: readonly Environment[]): readonly Environment[] {
  const sorted = environments.toSorted((a, b) => a.promotionOrder - b.promotionOrder);
  for (const [index, environment] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next?.promotionOrder !== environment.promotionOrder) continue;
    throw new UserError({
      what: `${environment.name} and ${next.name} have the same place in the promotion order`,
      where: `environments/${next.name}/environment.json at promotionOrder`,
      expected: 'a different number in every environment',
      found: String(next.promotionOrder),
      remedy: 'Number the environments in the order in which a release should pass them.',
      location: { file: `environments/${next.name}/environment.json` },
    });
  }
  return sorted;
}

/** The environment that a release passes after this one; undefined for the last. */
export function environmentAfter(environments: readonly Environment[], name: string): Environment | undefined {
  const sorted = inPromotionOrder(environments);
  const index = sorted.findIndex((environment) => environment.name === name);
  return index === -1 ? undefined : sorted[index + 1];
}
