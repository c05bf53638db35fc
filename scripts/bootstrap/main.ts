import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { listEnvironments, readEnvironmentFolder } from '../../actions/lib/adapters/environment-folder.ts';
import { runProcess } from '../../actions/lib/adapters/process.ts';
import { UserError } from '../../actions/lib/domain/errors.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';
import { chooseAccount, makeSettings, parseSettings, repositoryOfRemote, type BootstrapSettings } from './settings.ts';
import { bootstrapAccount, readBootstrapOutputs, type BootstrapPorts } from './terraform.ts';

const USAGE = `Sets up one AWS account for the environments that environments/*/environment.json place in it: state bucket, trust in
GitHub's tokens, roles for the workflows, image repository and model bucket. Run it again after adding an environment.

  npm run bootstrap -- [options]

  --account ID               which account, where the environments are in several
  --github OWNER/REPOSITORY  whose workflows are trusted (default: the remote "origin")
  --branch NAME              the branch that is deployed (default: main)
  --owner-id N --repository-id N
                             trust the immutable subject too; \`gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'\`
  --artifacts-account ID     the account that holds images and models, where it is another one
  --oidc-provider ARN        the account's provider for GitHub, where it already has one
  --network CIDR|none        a private network for the account's endpoints
  --yes                      apply without asking
  --root DIR                 the repository (default: the current folder)

Credentials come from your environment (for example \`aws sso login\`); no key is made or stored. What was chosen is kept in
terraform/bootstrap/accounts/ID.tfvars.json: commit it.`;

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: {
      account: { type: 'string' },
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
  const account = chooseAccount(environments, values.account);
  const settingsFile = path.join(root, 'terraform/bootstrap/accounts', `${account}.tfvars.json`);
  const before = await readSettings(settingsFile);
  const settings = makeSettings(
    environments,
    account,
    {
      account,
      github: values.github ?? (before === undefined ? await originOf(root) : undefined),
      branch: values.branch,
      ownerId: values['owner-id'],
      repositoryId: values['repository-id'],
      oidcProvider: values['oidc-provider'],
      artifactsAccount: values['artifacts-account'],
      network: values.network,
    },
    before,
  );
  await mkdir(path.dirname(settingsFile), { recursive: true });
  await writeFile(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
  console.log(`Settings of account ${account}: ${path.relative(root, settingsFile)}`);

  const ports: BootstrapPorts = {
    run: runProcess,
    say: (line) => console.log(line),
    confirm: async (question) => values.yes || (await confirm(question)),
    environment: process.env,
  };
  const outcome = await bootstrapAccount(root, settingsFile, settings, ports);
  if (outcome === 'declined') {
    console.log('Nothing was changed.');
    process.exitCode = 1;
    return;
  }
  console.log(outcome === 'applied' ? `\nAccount ${account} is set up.` : `\nAccount ${account} is as it should be.`);
  console.log(await readBootstrapOutputs(root, ports));
}

async function readSettings(file: string): Promise<BootstrapSettings | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return parseSettings({ path: file, text });
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
