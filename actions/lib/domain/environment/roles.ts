import type { Environment } from './environment.ts';
import { partitionOf } from './regions.ts';

/** The ARNs of the roles that the workflows take for an environment. */
export interface Roles {
  readonly plan: string;
  readonly build: string;
  readonly apply: string;
  readonly deploy: string;
  /** Only where environment.json turns the replay on. */
  readonly replay: string;
}

/** The roles of an environment: those that its file names, and else those that terraform/bootstrap makes. */
export function rolesOf(environment: Pick<Environment, 'name' | 'service' | 'account' | 'region' | 'iam'>): Roles {
  const { name, service, account, region, iam } = environment;
  const path = iam?.rolePath ?? '/';
  const arn = (role: string): string => `arn:${partitionOf(region)}:iam::${account}:role${path}${role}`;
  return {
    plan: arn(`${service}-plan`),
    build: arn(`${service}-build`),
    apply: arn(`${service}-${name}-apply`),
    deploy: arn(`${service}-${name}-deploy`),
    replay: arn(`${service}-${name}-replay`),
    ...iam?.roles,
  };
}
