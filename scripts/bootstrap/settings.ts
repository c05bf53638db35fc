import { z } from 'zod';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json/file.ts';
import { partitionOf } from '../../actions/lib/domain/environment/roles.ts';
import { homeRegion } from '../generate/environment-files.ts';

const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id of 12 digits');

const settingsSchema = z.strictObject({
  service: z.string(),
  account: accountId,
  region: z.string(),
  environments: z.record(z.string(), z.strictObject({ region: z.string() })),
  github: z.strictObject({
    owner: z.string(),
    repository: z.string(),
    branch: z.string(),
    owner_id: z.string().nullable(),
    repository_id: z.string().nullable(),
  }),
  oidc_provider_arn: z.string().nullable(),
  artifacts: z.strictObject({ account_ids: z.array(accountId).readonly() }).nullable(),
  artifacts_account: accountId.nullable(),
  network: z.strictObject({ cidr_block: z.string() }).nullable(),
});

/** The variables of `terraform/bootstrap` for one service in one account; kept in Git, so that a later run starts from them. */
export type BootstrapSettings = z.output<typeof settingsSchema>;

/** What a person says on the command line; the rest comes from the environments and from the run before. */
export interface BootstrapFlags {
  readonly account?: string | undefined;
  readonly service?: string | undefined;
  /** `OWNER/REPOSITORY`. */
  readonly github?: string | undefined;
  readonly branch?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly oidcProvider?: string | undefined;
  readonly artifactsAccount?: string | undefined;
  /** An IPv4 block, or `none`. */
  readonly network?: string | undefined;
}

/** What is set up: an account, and the services that have environments in it, by name. */
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
  environments: readonly Environment[],
  flags: Pick<BootstrapFlags, 'account' | 'service'>,
): BootstrapTarget {
  const services = distinct(environments.map(({ service }) => service));
  if (flags.service !== undefined && !services.includes(flags.service)) {
    throw new UserError({
      what: `No environment is of the service ${flags.service}`,
      where: 'environments/*/environment.json at service',
      expected: `--service with one of ${services.join(', ')}`,
      found: flags.service,
      remedy: 'Correct --service, or leave it out to set up every service of the account.',
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
      remedy: 'Run the command once for each account, with credentials of that account.',
    });
  }
  const own = candidates.filter((environment) => environment.account === account);
  return { account, services: distinct(own.map(({ service }) => service)) };
}

/**
 * The settings for a service in an account, from its environments, the flags, and what is known of the account's
 * services from earlier runs.
 *
 * @throws UserError when nothing says which repository is trusted, or the state would have to move to another region.
 */
export function makeSettings(
  environments: readonly Environment[],
  { account, service }: { readonly account: string; readonly service: string },
  flags: BootstrapFlags,
  known: readonly BootstrapSettings[],
): BootstrapSettings {
  const before = known.find((settings) => settings.service === service);
  // All services of the repository are delivered by the same workflows.
  const { github } = before ?? known[0] ?? {};
  const ofService = environments.filter((environment) => environment.service === service);
  const own = ofService.filter((environment) => environment.account === account);
  const [first] = own;
  if (first === undefined) throw new Error(`no environment of ${service} is in account ${account}`);
  const region = homeRegion(first, environments);
  if (before !== undefined && before.region !== region) {
    throw new UserError({
      what: `The state of ${service} in account ${account} can't move to another region`,
      where: 'environments/*/environment.json at promotionOrder and region',
      expected: `the environment with the lowest promotionOrder in ${before.region}, where the buckets are`,
      found: region,
      remedy: 'Give the new environment a later promotionOrder.',
    });
  }
  const artifactsAccount = flags.artifactsAccount ?? before?.artifacts_account ?? account;
  const others = distinct(ofService.map((environment) => environment.account)).filter((id) => id !== account);
  return {
    service,
    account,
    region,
    environments: Object.fromEntries(own.map((environment) => [environment.name, { region: environment.region }])),
    github: {
      ...parseRepository(flags.github ?? (github && `${github.owner}/${github.repository}`)),
      branch: flags.branch ?? github?.branch ?? 'main',
      owner_id: flags.ownerId ?? github?.owner_id ?? null,
      repository_id: flags.repositoryId ?? github?.repository_id ?? null,
    },
    oidc_provider_arn: flags.oidcProvider ?? (before === undefined ? providerOf(known[0]) : before.oidc_provider_arn),
    artifacts: artifactsAccount === account ? { account_ids: others } : null,
    artifacts_account: artifactsAccount === account ? null : artifactsAccount,
    network: parseNetwork(flags.network, before),
  };
}

// An account has one provider for GitHub: the service that was set up first makes it, the others use it.
function providerOf(first: BootstrapSettings | undefined): string | null {
  if (first === undefined) return null;
  const { account, region, oidc_provider_arn: given } = first;
  return given ?? `arn:${partitionOf(region)}:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
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

/** The `OWNER/REPOSITORY` of a GitHub remote, by SSH or HTTPS, or undefined for another address. */
export function repositoryOfRemote(url: string): string | undefined {
  return /^(?:https:\/\/[^/]+\/|ssh:\/\/[^/]+\/|[^@/]+@[^:/]+:)([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(url.trim())?.[1];
}

function parseRepository(text: string | undefined): { readonly owner: string; readonly repository: string } {
  const [, owner, repository] = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/.exec(text ?? '') ?? [];
  if (owner !== undefined && repository !== undefined) return { owner, repository };
  throw new UserError({
    what: 'Nothing says which GitHub repository the roles trust',
    expected: '--github OWNER/REPOSITORY',
    found: text ?? 'no --github, and no remote of that form',
    remedy: 'Name the repository whose workflows deploy.',
  });
}

function parseNetwork(flag: string | undefined, before: BootstrapSettings | undefined): BootstrapSettings['network'] {
  if (flag === undefined) return before?.network ?? null;
  return flag === 'none' ? null : { cidr_block: flag };
}
