import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { listEnvironments, readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';
import { readSettingsFiles, SETTINGS_FOLDER } from './settings-files.ts';
import { chooseTarget, makeSettings, repositoryOfRemote, type BootstrapFlags } from './settings.ts';
import { bootstrapService, readBootstrapOutputs, type BootstrapOutcome, type BootstrapPorts } from './terraform.ts';

const USAGE = `Sets up one AWS account for the environments that environments/*/environment.json place in it. Each service gets its own
state bucket, roles for the workflows, image repository and model bucket; they share the trust in GitHub's tokens.
Run it again after adding an environment or a service.

  npm run bootstrap -- [options]

  --account ID               which account, where the environments are in several
  --service NAME             only this service (default: all that have an environment in the account)
  --github OWNER/REPOSITORY  whose workflows are trusted (default: the remote "origin")
  --branch NAME              the branch that is deployed (default: main)
  --owner-id N --repository-id N
                             trust the immutable subject too; \`gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'\`
  --artifacts-account ID     the account that holds images and models, where it is another one
  --oidc-provider ARN        the account's provider for GitHub, where something else has made it
  --network CIDR|none        a private network for each service's endpoints in the account
  --yes                      apply without asking
  --root DIR                 the repository (default: the current folder)

Credentials come from your environment (for example \`aws sso login\`); no key is made or stored. What was chosen is kept in
terraform/bootstrap/accounts/ACCOUNT-SERVICE.tfvars.json: commit it.`;

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: {
      account: { type: 'string' },
      service: { type: 'string' },
      github: { type: 'string' },
      branch: { type: 'string' },
      'owner-id': { type: 'string' },
      'repository-id': { type: 'string' },
      'artifacts-account': { type: 'string' },
      'oidc-provider': { type: 'string' },
      network: { type: 'string' },
      yes: { type: 'boolean', default: false },
      root: { type: 'string', default: '.' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const root = path.resolve(values.root);
  const names = await listEnvironments(root);
  const folders = await Promise.all(names.map(async (name) => await readEnvironmentFolder(root, name)));
  const environments = folders.map(({ environment }) => environment);
  const flags: BootstrapFlags = {
    account: values.account,
    service: values.service,
    github: values.github,
    branch: values.branch,
    ownerId: values['owner-id'],
    repositoryId: values['repository-id'],
    oidcProvider: values['oidc-provider'],
    artifactsAccount: values['artifacts-account'],
    network: values.network,
  };
  const ports: BootstrapPorts = {
    run: runProcess,
    say: (line) => console.log(line),
    confirm: async (question) => values.yes || (await confirm(question)),
    environment: process.env,
  };
  const { account, services } = chooseTarget(environments, flags);
  for (const service of services) {
    const outcome = await setUp(root, environments, { account, service }, flags, ports);
    if (outcome === 'declined') {
      console.log(`Nothing of ${service} was changed.`);
      process.exitCode = 1;
      return;
    }
    const state = outcome === 'applied' ? 'is set up' : 'is as it should be';
    console.log(`\nService ${service} ${state} in account ${account}.`);
    console.log(await readBootstrapOutputs(root, ports));
  }
}

async function setUp(
  root: string,
  environments: readonly Environment[],
  place: { readonly account: string; readonly service: string },
  flags: BootstrapFlags,
  ports: BootstrapPorts,
): Promise<BootstrapOutcome> {
  const files = await readSettingsFiles(root, place.account);
  const origin = files.length === 0 ? await originOf(root) : undefined;
  const known = files.map(({ settings }) => settings);
  const settings = makeSettings(environments, place, { ...flags, github: flags.github ?? origin }, known);
  const newFile = path.join(SETTINGS_FOLDER, `${place.account}-${place.service}.tfvars.json`);
  const file = files.find(({ settings: { service } }) => service === place.service)?.path ?? newFile;
  await mkdir(path.join(root, SETTINGS_FOLDER), { recursive: true });
  await writeFile(path.join(root, file), `${JSON.stringify(settings, null, 2)}\n`);
  console.log(`\nSettings of ${place.service} in account ${place.account}: ${file}`);
  if (file !== newFile) console.log(`The file belongs at ${newFile}: \`npm run migrate\` renames it.`);
  return await bootstrapService(root, path.join(root, file), settings, ports);
}

async function originOf(root: string): Promise<string | undefined> {
  const { exitCode, stdout } = await runProcess({
    command: 'git',
    argv: ['remote', 'get-url', 'origin'],
    cwd: root,
  });
  return exitCode === 0 ? repositoryOfRemote(stdout) : undefined;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError({
      what: 'Nobody is there to confirm the plan',
      expected: 'a terminal, or --yes',
      found: 'neither',
      remedy: 'Read the plan above, then run the command again with --yes.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} Only "yes" is accepted: `)).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

await runCommand('npm run bootstrap', USAGE, main);
