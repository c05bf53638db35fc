import path from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { z } from 'zod';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { readEnvironmentFolders } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { environmentName } from '../../actions/lib/domain/environment/names.ts';
import { repositoryOfRemote } from '../bootstrap/settings.ts';
import { checkRepository, parseCommandLine, parseOption, runCommand, UsageError } from '../command-line.ts';
import { checkContent } from '../content/check-content.ts';
import { countErrors, print } from '../content/report-finding.ts';
import { adopt, type AdoptOptions } from './adopt.ts';
import { nextSteps } from './next-steps.ts';
import type { PlannedChanges } from './planned-changes.ts';
import { sampleServices } from './sample.ts';
import { tryModel } from './try-model.ts';

const USAGE = `Makes a model yours: starts it in the server, drafts smoke cases from its answers, writes server/models/SERVICE and
the folders of its environments, and prints the commands that are left. Run it again to change the model, to add an
environment, or for another service. In a terminal it asks for what is not given.

  npm run adopt -- --service NAME [options]

  --service NAME           the service: lower-case letters, digits and hyphens
  --model FILE             its ONNX file, or the folder with it (default: the model that the service has); external data
                           and a signature.json beside it are taken too
  --environments A,B,C     its environments in promotion order (default: those that it has, else dev,staging,production)
  --account ID             the AWS account of all of them; NAME=ID for one; may be given several times. Without an account
                           an environment is not set up yet, and the workflows skip it
  --region REGION          the AWS region (default: the one that it has, else us-east-1)
  --rows FILE              rows to ask in place of generated ones: .jsonl with one request body, or one row as a list, a
                           line; .csv with a header
  --remove-sample          remove the sample service and its environments
  --github OWNER/REPO      the repository in the printed commands (default: the remote "origin")
  --yes                    replace and remove files without asking
  --root DIR               the repository (default: the current folder)`;

const OPTIONS = {
  service: { type: 'string' },
  model: { type: 'string' },
  environments: { type: 'string' },
  account: { type: 'string', multiple: true },
  region: { type: 'string' },
  rows: { type: 'string' },
  'remove-sample': { type: 'boolean', default: false },
  github: { type: 'string' },
  yes: { type: 'boolean', default: false },
  root: { type: 'string', default: '.' },
} as const;

const environmentNames = z
  .array(environmentName)
  .refine((names) => new Set(names).size === names.length, 'names that differ from each other');

type Values = ReturnType<typeof parseCommandLine<typeof OPTIONS>>['values'];

await runCommand('npm run adopt', USAGE, async () => {
  const { values } = parseCommandLine({ options: OPTIONS, paths: ['model', 'rows'] });
  checkRepository('--root', values.root);
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stdout }) : undefined;
  try {
    const root = path.resolve(values.root);
    const options = await completeOptions(values, root, terminal);
    const adopted = await adopt({
      ...options,
      tryModel,
      confirm: async (plan) => await confirm(plan, values.yes, terminal),
    });
    if (adopted === undefined) {
      console.log('Nothing was written.');
      process.exitCode = 1;
      return;
    }
    for (const line of renderPlan(adopted.plan)) console.log(line);
    if (!(await isContentGood(root, options.service))) return;
    const repository = values.github ?? (await repositoryOf(root)) ?? 'OWNER/REPOSITORY';
    const defaultBranch = await defaultBranchOf(root);
    const steps = nextSteps(options.service, adopted.environments, { repository, defaultBranch });
    console.log('\nWhat is left, in order:');
    for (const [index, { title, commands }] of steps.entries()) {
      console.log(`\n${String(index + 1)}. ${title}\n`);
      for (const command of commands) console.log(`   ${command}`);
    }
  } finally {
    terminal?.close();
  }
});

/** The options of the command line, with answers for those that are missing where a person can be asked. */
async function completeOptions(
  values: Values,
  root: string,
  terminal: Interface | undefined,
): Promise<Omit<AdoptOptions, 'confirm' | 'tryModel'>> {
  const ask = async (question: string): Promise<string | undefined> =>
    (await terminal?.question(`${question}: `))?.trim() || undefined;
  const service = values.service ?? (await ask('Name of the service'));
  if (service === undefined) {
    throw new UsageError({ what: '--service is missing', expected: '--service NAME', found: 'no --service' });
  }
  const { service: serviceName, region: regionName } = environmentFileSchema.shape;
  parseOption('--service', service, serviceName);
  const folders = await readEnvironmentFolders(root);
  const isNew = folders.every(({ environment }) => environment.service !== service);
  const model = values.model ?? (isNew ? await ask('Its ONNX file') : undefined);
  const names = values.environments ?? (isNew ? await ask('Its environments [dev,staging,production]') : undefined);
  const accounts = values.account ?? (isNew ? split(await ask('AWS account, or NAME=ID,… [none yet]')) : undefined);
  const region = values.region ?? (isNew ? await ask('AWS region [us-east-1]') : undefined);
  if (region !== undefined) parseOption('--region', region, regionName);
  const hasSample = sampleServices(root, folders).some((sample) => sample !== service);
  const removesSample = values['remove-sample'] || (hasSample && (await ask('Remove the sample? [y/N]')) === 'y');
  const environments = split(names);
  if (environments !== undefined) parseOption('--environments', names ?? '', environmentNames, environments);
  return {
    ...{ root, service, model, environments, region, rows: values.rows, removesSample },
    accounts: parseAccounts(accounts ?? [], environments ?? namesOf(service, folders)),
    say: (line) => console.log(line),
  };
}

function split(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((part) => part.trim());
}

function namesOf(service: string, folders: Awaited<ReturnType<typeof readEnvironmentFolders>>): readonly string[] {
  const own = folders.map(({ environment }) => environment).filter((each) => each.service === service);
  return own.length === 0 ? ['dev', 'staging', 'production'] : own.map(({ name }) => name);
}

/** Accounts by environment from `ID` for all and `NAME=ID` for one; the later counts. */
function parseAccounts(given: readonly string[], names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.flatMap((text) => {
      const [, name, account] = /^(?:([^=]+)=)?(\d{12})$/.exec(text) ?? [];
      if (account === undefined || (name !== undefined && !names.includes(name))) {
        throw new UsageError({
          what: '--account names no account, or an unknown environment',
          expected: `an account id of 12 digits, or NAME=ID with one of ${names.join(', ')}`,
          found: text,
        });
      }
      return (name === undefined ? names : [name]).map((each) => [each, account] as const);
    }),
  );
}

async function confirm(plan: PlannedChanges, isYes: boolean, terminal: Interface | undefined): Promise<boolean> {
  if (isYes) return true;
  for (const line of renderPlan({ ...plan, added: [] })) console.log(line);
  if (terminal !== undefined) return (await terminal.question('Only "yes" is accepted: ')).trim() === 'yes';
  throw new UsageError({
    what: 'Files would be replaced or removed',
    expected: 'a terminal, or --yes',
    found: 'neither',
    remedy: 'Read the list above, then run the command again with --yes.',
  });
}

function renderPlan({ added, replaced, removed }: PlannedChanges): readonly string[] {
  const lines = [
    ...removed.map((folder) => `removes  ${folder}`),
    ...replaced.map((file) => `replaces ${file}`),
    ...added.map((file) => `writes   ${file}`),
  ];
  return lines.length === 0 ? ['Everything is there already.'] : lines;
}

async function isContentGood(root: string, service: string): Promise<boolean> {
  const { findings, summary } = await checkContent({ root, service, startsModels: true });
  findings.forEach(print);
  const errors = countErrors(findings);
  console.log(`${summary}: ${errors.text}`);
  if (errors.count > 0) process.exitCode = 1;
  return errors.count === 0;
}

async function repositoryOf(root: string): Promise<string | undefined> {
  const { stdout } = await runProcess({ command: 'git', argv: ['remote', 'get-url', 'origin'], cwd: root });
  return repositoryOfRemote(stdout);
}

/** The default branch as the clone knows it; a repository that was not cloned has `main`, or is on it. */
async function defaultBranchOf(root: string): Promise<string> {
  for (const argv of [
    ['rev-parse', '--abbrev-ref', 'origin/HEAD'],
    ['rev-parse', '--abbrev-ref', 'main'],
    ['branch', '--show-current'],
  ]) {
    const { exitCode, stdout } = await runProcess({ command: 'git', argv, cwd: root });
    const branch = stdout.trim().replace(/^origin\//, '');
    if (exitCode === 0 && branch !== '') return branch;
  }
  return 'main';
}
