import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readEnvironmentFolders } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';
import { bootstrapService, removeService, type BootstrapOptions, type Outcome } from './bootstrap.ts';
import { claimCheckout } from './checkout-claim.ts';
import { parseFlags } from './flags.ts';
import { abortOnSignals } from './interruption.ts';
import { readSettingsFiles } from './settings-files.ts';
import { chooseTarget, type BootstrapTarget } from './settings.ts';
import type { Consent } from './summary.ts';

const USAGE = `Sets up one AWS account for the environments that environments/*/environment.json place in it. Each service gets its own
state bucket, roles for the workflows, image repository and model bucket; they share the account's OIDC provider.
It reads what is in the account, adopts what is of the service, prints what it will do in about ten lines, and does it.
Run it again after adding or removing an environment or a service, and after a run that failed.

  npm run bootstrap -- [options]

  --account ID               which account, where the environments are in several
  --service NAME             only this service (default: all that have an environment in the account)
  --dry-run                  print what would be done; exit code 0 for nothing, 2 for changes
  --yes                      carry it out without asking; the three flags below are needed all the same
  --allow-destroy            allow that something is destroyed, replaced or overwritten
  --allow-trust-change       allow that a role or the OIDC provider trusts others than before, or that a role that is
                             adopted keeps policies that somebody else gave it
  --move-home-region REGION  remove the service's buckets, image repository and roles, and make them in another region
  --destroy                  take the services, or the one of --service, out of the account; what is in use or not
                             empty stays; with --account and --service it needs no environment

  --github OWNER/REPOSITORY  whose workflows are trusted (default: the stored one; at the first run the remote "origin")
  --branch NAME              the branch that is deployed (default: the stored one; at the first run main)
  --owner-id N --repository-id N
                             trust the immutable subject too; \`gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'\`
  --home-region REGION       where state, images and models are kept, at the first run
                             (default: the region of the first environment in promotion order)
  --artifacts-account ID     the account that holds images and models, where it is another one
  --network CIDR|none        a private network for each service's endpoints in the account
  --root DIR                 the repository (default: the current folder)

Credentials come from your environment (for example \`aws sso login\`); no key is made or stored. They need the permissions
in terraform/bootstrap/administrator-policy.json. The settings are stored in
terraform/bootstrap/accounts/ACCOUNT-SERVICE.tfvars.json: commit the file, and run \`npm run generate\`.`;

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: {
      account: { type: 'string' },
      service: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'allow-destroy': { type: 'boolean', default: false },
      'allow-trust-change': { type: 'boolean', default: false },
      'move-home-region': { type: 'string' },
      destroy: { type: 'boolean', default: false },
      github: { type: 'string' },
      branch: { type: 'string' },
      'owner-id': { type: 'string' },
      'repository-id': { type: 'string' },
      'home-region': { type: 'string' },
      'artifacts-account': { type: 'string' },
      network: { type: 'string' },
      root: { type: 'string', default: '.' },
    },
  });
  const flags = parseFlags(values);
  const root = path.resolve(values.root);
  const folders = await readEnvironmentFolders(root);
  const environments = folders.map(({ environment }) => environment);
  const allowed: readonly Consent[] = [
    ...(values['allow-destroy'] ? ['allow-destroy' as const] : []),
    ...(values['allow-trust-change'] ? ['allow-trust-change' as const] : []),
  ];
  const signal = abortOnSignals((line) => console.error(line));
  const options: BootstrapOptions = {
    root,
    environments,
    flags,
    allowed,
    dryRun: values['dry-run'],
    run: runProcess,
    say: (line) => console.log(line),
    confirm: async (question) => values.yes || (await confirm(question, signal)),
    processEnvironment: process.env,
    signal,
  };
  // A service that is to be taken out may have no environment any more.
  const files = values.destroy ? await readSettingsFiles(root) : [];
  const target =
    values.destroy && flags.account !== undefined && flags.service !== undefined
      ? { account: flags.account, services: [flags.service] }
      : chooseTarget([...environments, ...files.map(({ settings }) => settings)], flags);
  const giveBack = await claimCheckout(root);
  try {
    await runServices(target, options, values.destroy);
  } finally {
    await giveBack();
  }
}

/** Sets up the services of a target one after the other, or takes them out. */
async function runServices(
  { account, services }: BootstrapTarget,
  options: BootstrapOptions,
  isRemoval: boolean,
): Promise<void> {
  if (isRemoval) {
    for (const service of services) {
      const outcome = await removeService({ account, service }, options);
      if (!report(outcome, `Service ${service}`, 'is out of', account)) return;
    }
    return;
  }
  let isProviderPlanned = false;
  for (const service of services) {
    const outcome = await bootstrapService({ account, service }, options, isProviderPlanned);
    // A dry run makes no provider for the next service to find.
    isProviderPlanned = options.dryRun;
    if (!report(outcome, `Service ${service}`, 'is set up in', account)) return;
    if (outcome === 'applied') console.log('Commit its settings file, and run `npm run generate`.');
  }
}

/** Prints an outcome and sets the exit code. @returns whether to go on. */
function report(outcome: Outcome, subject: string, state: string, account: string): boolean {
  switch (outcome) {
    case 'applied':
      console.log(`${subject} ${state} account ${account}.`);
      return true;
    case 'unchanged':
      console.log(`${subject}: nothing to do in account ${account}.`);
      return true;
    case 'planned':
      process.exitCode = 2;
      return true;
    case 'declined':
      console.log(`${subject}: nothing was changed.`);
      process.exitCode = 1;
      return false;
  }
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError({
      what: 'The plan is not confirmed',
      expected: 'a terminal, or --yes',
      found: 'neither',
      remedy: 'Read the plan above, then run the command again with --yes.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // In a terminal readline reads Ctrl+C itself.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return (await terminal.question(`${question} Only "yes" is accepted: `, { signal })).trim() === 'yes';
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}

await runCommand('npm run bootstrap', USAGE, main);
