import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { captureBucketName } from '../../../actions/lib/domain/environment/names.ts';
import { simulateTrust, type SimulatedRole, type TokenClaims } from '../../testing/iam-simulation.ts';
import { partitionOf } from '@sagemaker-gitops/local-aws';

/** A role as terraform/bootstrap makes it; policies are JSON text. */
export interface Role extends SimulatedRole {
  readonly name: string;
  readonly trust: string;
}

/** Whose roles are wanted. */
export interface RoleOptions {
  /** In promotion order: a service's image repository in an account is in the region of its first environment there. */
  readonly environments: readonly RoleEnvironment[];
  /** The repository whose workflows the roles trust, with the branch `main`. */
  readonly github: { readonly owner: string; readonly repository: string };
}

export interface RoleEnvironment {
  readonly name: string;
  readonly service: string;
  readonly account: string;
  readonly region: string;
  /** The account that holds image repository, models and build role; default: the environment's own. */
  readonly artifactsAccount?: string;
  /** As in environment.json: with it there is a role that reads captured requests. */
  readonly replay?: object | null | undefined;
}

/** What the template is rendered for. Each value is found nowhere else in a policy, so that it can be replaced. */
export const PLACEHOLDER = {
  service: 'zzservice',
  environment: 'zzenvironment',
  account: '111111111111',
  artifactsAccount: '222222222222',
  region: 'ap-south-1',
  homeRegion: 'ap-south-2',
  owner: 'zzowner',
  repository: 'zzrepository',
} as const;

/** Where the template is kept: render.ts writes it, and a test compares it with Terraform. */
export const TEMPLATE_FILE = path.join(import.meta.dirname, 'roles.template.json');

const roleSchema = z.strictObject({ trust: z.unknown(), policies: z.array(z.unknown()) });
const templateSchema = z.strictObject({
  /** What the plan role may do for one environment. */
  read: z.unknown(),
  plan: roleSchema,
  build: roleSchema,
  apply: roleSchema,
  deploy: roleSchema,
  replay: roleSchema,
});

export type RolesTemplate = z.infer<typeof templateSchema>;

/** The roles that terraform/bootstrap makes in the accounts of these environments, by ARN. */
export function renderRoles({ environments, github }: RoleOptions): ReadonlyMap<string, Role> {
  const template = templateSchema.parse(JSON.parse(readFileSync(TEMPLATE_FILE, 'utf8')));
  const roles = new Map<string, Role>();
  const add = (environment: RoleEnvironment, name: string, trust: unknown, policies: readonly string[]): void => {
    const arn = `arn:${partitionOf(environment.region)}:iam::${environment.account}:role/${name}`;
    roles.set(arn, { arn, name, trust: fill(trust, environment), policies });
  };
  const siblingsOf = ({ service, account }: RoleEnvironment): readonly RoleEnvironment[] =>
    environments.filter((other) => other.service === service && other.account === account);
  const fill = (document: unknown, environment: RoleEnvironment): string => {
    const home = siblingsOf(environment)[0]?.region ?? environment.region;
    return fillPlaceholders(JSON.stringify(document), environment, home, github);
  };
  for (const environment of environments) {
    const { name, service, account, artifactsAccount = account } = environment;
    const { apply, deploy, build, plan, replay } = template;
    for (const [kind, role] of Object.entries({
      apply,
      deploy,
      ...((environment.replay ?? null) !== null && { replay }),
    })) {
      const policies = role.policies.map((policy) => fill(policy, environment));
      add(environment, `${service}-${name}-${kind}`, role.trust, policies);
    }
    const siblings = siblingsOf(environment);
    if (siblings[0] !== environment) continue;
    const reads = siblings.map((sibling) => fill(template.read, sibling));
    const others = plan.policies.map((policy) => fill(policy, environment));
    add(environment, `${service}-plan`, plan.trust, [...reads, ...others]);
    if (artifactsAccount !== account) continue;
    const policies = build.policies.map((policy) => fill(policy, environment));
    add(environment, `${service}-build`, build.trust, policies);
  }
  return roles;
}

function fillPlaceholders(
  text: string,
  { name, service, account, region, artifactsAccount = account }: RoleEnvironment,
  home: string,
  { owner, repository }: RoleOptions['github'],
): string {
  const endpoint = `${PLACEHOLDER.service}-${PLACEHOLDER.environment}`;
  const values: readonly (readonly [string, string])[] = [
    [`${endpoint}-${PLACEHOLDER.account}-capture`, captureBucketName({ service, name, account })],
    ['arn:aws:', `arn:${partitionOf(region)}:`],
    [PLACEHOLDER.service, service],
    [PLACEHOLDER.environment, name],
    [PLACEHOLDER.account, account],
    [PLACEHOLDER.artifactsAccount, artifactsAccount],
    [PLACEHOLDER.region, region],
    [PLACEHOLDER.homeRegion, home],
    [PLACEHOLDER.owner, owner],
    [PLACEHOLDER.repository, repository],
  ];
  const expression = new RegExp(values.map(([placeholder]) => placeholder).join('|'), 'g');
  const byPlaceholder = new Map(values);
  return text.replace(expression, (placeholder) => byPlaceholder.get(placeholder) ?? placeholder);
}

/** Whether a role's trust policy lets a token in, as IAM would decide; a role that doesn't exist trusts nobody. */
export async function isTrusted(
  roles: ReadonlyMap<string, Role>,
  roleArn: string,
  claims: TokenClaims,
): Promise<boolean> {
  const role = roles.get(roleArn);
  return role !== undefined && (await simulateTrust(roleArn, role.trust, claims)) === 'allowed';
}
