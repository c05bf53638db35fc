import { z } from 'zod';
import type { Environment } from '../../actions/lib/domain/environment.ts';
import { UserError } from '../../actions/lib/domain/errors.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json-file.ts';
import { homeRegion } from '../generated/environment-files.ts';

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
  artifacts: z.strictObject({ account_ids: z.array(accountId) }).nullable(),
  artifacts_account: accountId.nullable(),
  network: z.strictObject({ cidr_block: z.string() }).nullable(),
});

/** The variables of `terraform/bootstrap` for one account; kept in Git, so that a later run starts from them. */
export type BootstrapSettings = z.output<typeof settingsSchema>;

/** What a person says on the command line; the rest comes from the environments and from the run before. */
export interface BootstrapFlags {
  readonly account?: string | undefined;
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

/**
 * The account to set up: the one that was named, or the only one that environments name.
 *
 * @throws UserError when there are several and none was named, or no environment is in the named one.
 */
export function chooseAccount(environments: readonly Environment[], named: string | undefined): string {
  const accounts = [...new Set(environments.map(({ account }) => account))].sort();
  const account = named ?? (accounts.length === 1 ? accounts[0] : undefined);
  if (account !== undefined && accounts.includes(account)) return account;
  throw new UserError({
    what: named === undefined ? 'The environments are in several accounts' : `No environment is in account ${named}`,
    where: 'environments/*/environment.json at account',
    expected: `--account with one of ${accounts.join(', ')}`,
    found: named ?? 'no --account',
    remedy: 'Run the command once for each account, with credentials of that account.',
  });
}

/**
 * The settings for an account, from its environments, the flags and the run before.
 *
 * @throws UserError when the environments of the account name several services, or nothing says which repository is
 * trusted.
 */
export function makeSettings(
  environments: readonly Environment[],
  account: string,
  flags: BootstrapFlags,
  before: BootstrapSettings | undefined,
): BootstrapSettings {
  const own = environments.filter((environment) => environment.account === account);
  const [first] = own;
  const services = [...new Set(own.map(({ service }) => service))];
  if (first === undefined || services.length !== 1) {
    throw new UserError({
      what: `The environments of account ${account} do not name one service`,
      where: 'environments/*/environment.json at service',
      expected: 'the same service in all of them',
      found: services.join(', '),
      remedy: 'Correct the service; another service is delivered from a repository of its own.',
    });
  }
  const repository = parseRepository(flags.github ?? joinRepository(before));
  const artifactsAccount = flags.artifactsAccount ?? before?.artifacts_account ?? account;
  const others = [...new Set(environments.map((environment) => environment.account))].filter((id) => id !== account);
  return {
    service: first.service,
    account,
    region: homeRegion(first, environments),
    environments: Object.fromEntries(own.map(({ name, region }) => [name, { region }])),
    github: {
      ...repository,
      branch: flags.branch ?? before?.github.branch ?? 'main',
      owner_id: flags.ownerId ?? before?.github.owner_id ?? null,
      repository_id: flags.repositoryId ?? before?.github.repository_id ?? null,
    },
    oidc_provider_arn: flags.oidcProvider ?? before?.oidc_provider_arn ?? null,
    artifacts: artifactsAccount === account ? { account_ids: others.sort() } : null,
    artifacts_account: artifactsAccount === account ? null : artifactsAccount,
    network: parseNetwork(flags.network, before),
  };
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

function joinRepository(before: BootstrapSettings | undefined): string | undefined {
  return before === undefined ? undefined : `${before.github.owner}/${before.github.repository}`;
}

function parseNetwork(flag: string | undefined, before: BootstrapSettings | undefined): BootstrapSettings['network'] {
  if (flag === undefined) return before?.network ?? null;
  return flag === 'none' ? null : { cidr_block: flag };
}
