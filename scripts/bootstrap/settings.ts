import { z } from 'zod';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json/file.ts';
import { homeRegion } from '../../actions/lib/domain/environment/home-region.ts';

const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id of 12 digits');

const settingsSchema = z.strictObject({
  service: z.string(),
  account: accountId,
  region: z.string(),
  environments: z.record(
    z.string(),
    z.strictObject({
      region: z.string(),
      execution_role_arn: z.string().exactOptional(),
      replay: z.literal(true).exactOptional(),
    }),
  ),
  github: z.strictObject({
    owner: z.string(),
    repository: z.string(),
    branch: z.string(),
    owner_id: z.string().nullable(),
    repository_id: z.string().nullable(),
    /** Written by hand; null: only in the partition "aws". */
    workflow_claims: z.boolean().nullable().exactOptional(),
  }),
  oidc_provider_arn: z.string().nullable(),
  artifacts: z.strictObject({ account_ids: z.array(accountId).readonly() }).nullable(),
  artifacts_account: accountId.nullable(),
  network: z.strictObject({ cidr_block: z.string() }).nullable(),
  role_path: z.string().exactOptional(),
  permissions_boundary_arn: z.string().exactOptional(),
  /** Of what the bootstrap makes; written by hand. */
  tags: z.record(z.string(), z.string()).exactOptional(),
});

/** The variables of `terraform/bootstrap` for one service in one account; kept in Git, so that a later run starts from them. */
export type BootstrapSettings = z.output<typeof settingsSchema>;

/** The settings that the state records, for a checkout without the settings file; a later version may record more. */
export const recordedSettingsSchema = z
  .object({
    github: z.object(settingsSchema.shape.github.shape),
    artifacts_account: accountId.nullable(),
    network: z.object({ cidr_block: z.string() }).nullable(),
    tags: z.record(z.string(), z.string()),
  })
  .partial();

export type RecordedSettings = z.output<typeof recordedSettingsSchema>;

/** Settings from the command line; the rest comes from the environments and from the run before. */
export interface BootstrapFlags {
  readonly account?: string | undefined;
  readonly service?: string | undefined;
  /** `OWNER/REPOSITORY`. */
  readonly github?: string | undefined;
  readonly branch?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly homeRegion?: string | undefined;
  readonly moveHomeRegion?: string | undefined;
  readonly artifactsAccount?: string | undefined;
  /** An IPv4 block, or `none`. */
  readonly network?: string | undefined;
}

/** An account, and the services that have environments in it. */
export interface BootstrapTarget {
  readonly account: string;
  readonly services: readonly string[];
}

/**
 * The account to set up and its services: those that were named, or the only account that environments name, with all
 * of its services.
 *
 * @throws UserError when there are several accounts and none was named, or no environment is what was named.
 */
export function chooseTarget(
  environments: readonly Pick<Environment, 'account' | 'service'>[],
  flags: Pick<BootstrapFlags, 'account' | 'service'>,
): BootstrapTarget {
  const toRemove = 'To take a service out of an account, name both: --destroy --account ID --service NAME.';
  if (environments.length === 0) {
    throw new UserError({
      what: 'There is no environment to set an account up for',
      where: 'environments/*/environment.json',
      expected: 'an environment in the account',
      found: 'none',
      remedy: `Add one, as environments/README.md describes. ${toRemove}`,
    });
  }
  const services = distinct(environments.map(({ service }) => service));
  if (flags.service !== undefined && !services.includes(flags.service)) {
    throw new UserError({
      what: `No environment is of the service ${flags.service}`,
      where: 'environments/*/environment.json at service',
      expected: `--service with one of ${services.join(', ')}`,
      found: flags.service,
      remedy: `Correct --service, or leave it out to set up every service of the account. ${toRemove}`,
    });
  }
  const candidates = environments.filter(({ service }) => service === (flags.service ?? service));
  const accounts = distinct(candidates.map(({ account }) => account));
  const account = flags.account ?? (accounts.length === 1 ? accounts[0] : undefined);
  if (account === undefined || !accounts.includes(account)) {
    const whose = flags.service === undefined ? '' : ` of ${flags.service}`;
    throw new UserError({
      what:
        flags.account === undefined
          ? `The environments${whose} are in several accounts`
          : `No environment${whose} is in account ${flags.account}`,
      where: 'environments/*/environment.json at account',
      expected: `--account with one of ${accounts.join(', ')}`,
      found: flags.account ?? 'no --account',
      remedy: `Run the command once for each account, with credentials of that account. ${toRemove}`,
    });
  }
  const own = candidates.filter((environment) => environment.account === account);
  return { account, services: distinct(own.map(({ service }) => service)) };
}

/**
 * The settings for a service in an account. Each comes from the command line, else from the settings file of the service,
 * else from the state, else from the other services of the account or the environments.
 *
 * @param known the settings files of the account
 * @param recorded what the account records of the service, for a checkout without its settings file
 * @param origin the `OWNER/REPOSITORY` of the checkout
 * @throws UserError when there is no repository to trust, or `--home-region` contradicts the stored home region.
 */
export function makeSettings(
  environments: readonly Environment[],
  { account, service }: { readonly account: string; readonly service: string },
  flags: BootstrapFlags,
  known: readonly BootstrapSettings[],
  recorded?: RecordedSettings & { readonly region: string },
  origin?: string,
): BootstrapSettings {
  const file = known.find((settings) => settings.service === service);
  const before = file ?? recorded;
  // All services of the repository are delivered by the same workflows.
  const github = before?.github ?? known[0]?.github;
  const stored = github && `${github.owner}/${github.repository}`;
  const ofService = environments.filter((environment) => environment.service === service);
  const own = ofService.filter((environment) => environment.account === account);
  const [first] = own;
  if (first === undefined) throw new Error(`no environment of ${service} is in account ${account}`);
  const home = before?.region;
  if (home !== undefined && flags.homeRegion !== undefined && flags.homeRegion !== home) {
    throw new UserError({
      what: `The home region of ${service} in account ${account} is stored already`,
      expected: `--home-region ${home}, or none`,
      found: flags.homeRegion,
      remedy: `Leave --home-region out, or move everything with --move-home-region ${flags.homeRegion}.`,
    });
  }
  const chosen = flags.moveHomeRegion ?? home ?? flags.homeRegion;
  const artifactsAccount = flags.artifactsAccount ?? before?.artifacts_account ?? account;
  // A checkout without any settings file may belong to another repository than the state records.
  const trusted = flags.github ?? (known.length === 0 ? (origin ?? stored) : stored);
  const isOther = stored !== undefined && trusted !== stored;
  const tags = file === undefined ? recorded?.tags : file.tags;
  const others = distinct(ofService.map((environment) => environment.account)).filter((id) => id !== account);
  return {
    service,
    account,
    region: homeRegion(first, environments, () => chosen),
    environments: Object.fromEntries(own.map((environment) => [environment.name, placeOf(environment)])),
    github: {
      ...parseRepository(trusted),
      branch: flags.branch ?? github?.branch ?? 'main',
      // Ids are of the repository that they were given with.
      owner_id: flags.ownerId ?? (isOther ? null : (github?.owner_id ?? null)),
      repository_id: flags.repositoryId ?? (isOther ? null : (github?.repository_id ?? null)),
      ...(typeof github?.workflow_claims === 'boolean' && { workflow_claims: github.workflow_claims }),
    },
    // Filled in from the account.
    oidc_provider_arn: null,
    artifacts: artifactsAccount === account ? { account_ids: others } : null,
    artifacts_account: artifactsAccount === account ? null : artifactsAccount,
    network: parseNetwork(flags.network, before),
    ...sharedIam(own),
    ...(tags !== undefined && Object.keys(tags).length > 0 && { tags }),
  };
}

function placeOf({ region, iam, replay }: Environment): BootstrapSettings['environments'][string] {
  return {
    region,
    ...(iam?.executionRoleArn !== undefined && { execution_role_arn: iam.executionRoleArn }),
    ...((replay ?? null) !== null && { replay: true }),
  };
}

/**
 * What all roles of a service in an account share.
 *
 * @throws UserError where two of its environments ask for different things.
 */
function sharedIam(own: readonly Environment[]): Pick<BootstrapSettings, 'role_path' | 'permissions_boundary_arn'> {
  const only = (key: 'rolePath' | 'permissionsBoundaryArn'): string | undefined => {
    const [first, ...others] = own;
    const other = others.find(({ iam }) => iam?.[key] !== first?.iam?.[key]);
    if (other === undefined || first === undefined) return first?.iam?.[key];
    throw new UserError({
      what: `${first.name} and ${other.name} ask for different things of the roles that they share`,
      where: `environments/${other.name}/environment.json at iam.${key}`,
      expected: first.iam?.[key] ?? `no ${key}, as in ${first.name}`,
      found: other.iam?.[key] ?? `no ${key}`,
      remedy: 'Use the same in all environments of the service in the account: they share the plan and the build role.',
    });
  };
  const [path, boundary] = [only('rolePath'), only('permissionsBoundaryArn')];
  return {
    ...(path !== undefined && { role_path: path }),
    ...(boundary !== undefined && { permissions_boundary_arn: boundary }),
  };
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/**
 * The settings of an earlier run.
 *
 * @throws UserError when the file was edited into something else.
 */
export function parseSettings(file: JsonFile): BootstrapSettings {
  return parseJsonFile(file, settingsSchema, 'Restore the file from Git; `npm run bootstrap` writes it.');
}

// By HTTPS or SSH; ssh.github.com answers on port 443. SSH also knows hosts by names of its own configuration, such as
// `github.com-work`, which have no other dot.
const GITHUB_REMOTES = [
  /^https:\/\/(?:[^@/]+@)?(?:www\.)?github\.com(?::443)?\//i,
  /^ssh:\/\/(?:[^@/]+@)?(?:(?:www\.|ssh\.)?github\.com|github\.com-[^./:]+|[^./:@]+)(?::\d+)?\//i,
  /^(?:[^@/]+@)?(?:(?:www\.|ssh\.)?github\.com|github\.com-[^./:]+|[^./:@]+):(?!\/\/)/i,
];

/** The `OWNER/REPOSITORY` of a remote on github.com, or undefined for another address. */
export function repositoryOfRemote(url: string): string | undefined {
  const host = GITHUB_REMOTES.map((pattern) => pattern.exec(url.trim())?.[0]).find((each) => each !== undefined);
  const path = host === undefined ? '' : url.trim().slice(host.length);
  return /^([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(path)?.[1];
}

/** Where the remote "origin" is another repository than the trusted one, as after a rename or a transfer: what to do. */
export function describeOtherOrigin(
  { github }: Pick<BootstrapSettings, 'github'>,
  flags: Pick<BootstrapFlags, 'github'>,
  origin: string | undefined,
): string | undefined {
  const trusted = `${github.owner}/${github.repository}`;
  // GitHub's names have no case.
  if (flags.github !== undefined || origin === undefined) return undefined;
  if (origin.toLowerCase() === trusted.toLowerCase()) return undefined;
  return `${origin} is not the trusted repository; --github ${origin} lets its workflows deploy`;
}

/** `OWNER/REPOSITORY`, each a group. */
export const REPOSITORY = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/;

function parseRepository(text: string | undefined): { readonly owner: string; readonly repository: string } {
  const [, owner, repository] = REPOSITORY.exec(text ?? '') ?? [];
  if (owner !== undefined && repository !== undefined) return { owner, repository };
  throw new UserError({
    what: 'There is no GitHub repository for the roles to trust',
    expected: '--github OWNER/REPOSITORY',
    found: text ?? 'no --github, and no remote of that form',
    remedy: 'Name the repository whose workflows deploy.',
  });
}

function parseNetwork(
  flag: string | undefined,
  before: Pick<RecordedSettings, 'network'> | undefined,
): BootstrapSettings['network'] {
  if (flag === undefined) return before?.network ?? null;
  return flag === 'none' ? null : { cidr_block: flag };
}
