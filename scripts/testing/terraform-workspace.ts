import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { parseBackend } from '../../actions/lib/adapters/checkout/state-bucket.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import type { ProcessResult } from '../../actions/lib/ports/process.ts';
import { makeStateBucket } from './state-bucket.ts';

/** The two JSON files of an environment; what is left out stays as the repository has it. */
export interface EnvironmentFiles {
  readonly environment?: unknown;
  readonly release?: unknown;
}

/**
 * Takes the checksums out of a copied lock file. Terraform compares the provider with them at every command, which takes as
 * long as many a plan: it has hundreds of megabytes. `terraform.terraform.test.ts` compares them.
 */
export async function removeChecksums(lockFile: string): Promise<void> {
  const text = await readFile(lockFile, 'utf8');
  const without = text.replaceAll(/^ {2}hashes = \[\n(?: {4}.*\n)* {2}\]\n/gm, '');
  if (without === text) throw new Error(`${lockFile} has no checksums`);
  await writeFile(lockFile, without);
}

/**
 * Copies `terraform/` of a repository to a new folder under the system's temporary one, which has no environments yet, no
 * accounts that were set up, and no checksums of the provider. The caller removes it.
 */
export async function copyTerraform(repositoryRoot: string): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'terraform-workspace-'));
  await cp(path.join(repositoryRoot, 'terraform'), path.join(root, 'terraform'), {
    recursive: true,
    filter: (source) => !/[\\/](?:\.terraform|terraform[\\/]bootstrap[\\/]accounts)$/.test(source),
  });
  for (const folder of ['bootstrap', 'environment'])
    await removeChecksums(path.join(root, 'terraform', folder, '.terraform.lock.hcl'));
  return root;
}

/** Writes the JSON files of an environment below a root. */
export async function writeEnvironment(root: string, name: string, files: EnvironmentFiles): Promise<void> {
  const folder = path.join(root, 'environments', name);
  await mkdir(folder, { recursive: true });
  for (const [file, value] of [
    ['environment.json', files.environment],
    ['release.json', files.release],
  ] as const) {
    if (value !== undefined) await writeFile(path.join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** How Terraform is run: in which root folder, against which AWS, and a callback for each line of output. */
export interface TerraformRun {
  /** The folder that holds `terraform/` and `environments/`. */
  readonly root: string;
  /** The folder of the root module, relative to `root`. */
  readonly folder: string;
  /** AWS_ENDPOINT_URL, AWS_REGION and credentials; nothing of this process' own AWS settings is passed on. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Terraform spends a quarter of its processor time on collecting what it allocates for the provider's schema. */
export const FAST_TERRAFORM = { GOGC: '400' } as const;

/** Runs one Terraform command; the caller looks at the exit code. */
export async function terraform(run: TerraformRun, argv: readonly string[]): Promise<ProcessResult> {
  return await runProcess({
    command: 'terraform',
    argv,
    cwd: path.join(run.root, run.folder),
    environment: terraformEnvironment(run.awsEnvironment),
    signal: run.signal,
    onStdoutLine: run.log,
    onStderrLine: run.log,
  });
}

/**
 * As {@link terraform}, for a command that has to succeed.
 *
 * @throws Error with what Terraform printed when its exit code is not one of the expected ones.
 */
export async function terraformOk(
  run: TerraformRun,
  argv: readonly string[],
  expected: readonly number[] = [0],
): Promise<ProcessResult> {
  const result = await terraform(run, argv);
  if (expected.includes(result.exitCode)) return result;
  throw new Error(
    `terraform ${argv.join(' ')} in ${run.folder} ended with exit code ${String(result.exitCode)}:\n${result.stdout}${result.stderr}`,
  );
}

/** What an apply leaves behind. */
export interface AppliedEnvironment {
  /** Values of the root module's outputs by name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of `terraform plan -detailed-exitcode` after the apply: 0 means no changes, 2 means changes. */
  readonly secondPlanExitCode: number;
  /** What that second plan printed. */
  readonly secondPlan: string;
}

/** An environment to apply: its folder's name, where the rest is as in {@link TerraformRun}. */
export interface EnvironmentRun extends Omit<TerraformRun, 'folder'> {
  readonly environment: string;
}

/**
 * Applies an environment that {@link initEnvironment} has initialised, and plans again.
 *
 * @throws Error with what Terraform printed when a step fails.
 */
export async function applyEnvironment(run: EnvironmentRun): Promise<AppliedEnvironment> {
  const terraformRun = environmentRun(run);
  await terraformOk(terraformRun, ['apply', '-input=false', '-no-color', '-auto-approve']);
  const plan = await planEnvironment(run);
  return { outputs: await readOutputs(terraformRun), secondPlanExitCode: plan.exitCode, secondPlan: plan.stdout };
}

/** The Terraform run of an environment's folder. */
export function environmentRun(run: EnvironmentRun): TerraformRun {
  return { ...run, folder: path.join('environments', run.environment) };
}

/** Initialises an environment with its own backend, whose bucket is made where it is missing, and the lock file of the copy. */
export async function initEnvironment(run: EnvironmentRun): Promise<void> {
  const terraformRun = environmentRun(run);
  await makeBackendBucket(terraformRun);
  await terraformOk(terraformRun, [
    'init',
    '-input=false',
    '-no-color',
    '-lockfile=readonly',
    '-backend-config=backend.hcl',
  ]);
}

/** `terraform plan -detailed-exitcode`: exit code 0 without changes, 1 on an error, 2 with changes. */
export async function planEnvironment(run: EnvironmentRun, argv: readonly string[] = []): Promise<ProcessResult> {
  return await terraform(environmentRun(run), ['plan', '-input=false', '-no-color', '-detailed-exitcode', ...argv]);
}

/** The values of a root module's outputs by name. */
async function readOutputs(run: TerraformRun): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await terraformOk(run, ['output', '-json']);
  const outputs: unknown = JSON.parse(stdout);
  if (typeof outputs !== 'object' || outputs === null) throw new Error(`terraform output printed ${stdout}`);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]: [string, unknown]) => [
      name,
      typeof output === 'object' && output !== null && 'value' in output ? output.value : undefined,
    ]),
  );
}

/** Removes a folder that {@link copyTerraform} made. */
export async function removeTerraform(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}

function terraformEnvironment(awsEnvironment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(inherited),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    ...FAST_TERRAFORM,
    // A test must not use a profile or instance role of this machine.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...awsEnvironment,
  };
}

/** Makes the bucket that the backend of a root module names, at the local S3, where it is missing. */
export async function makeBackendBucket(run: TerraformRun): Promise<void> {
  const { bucket, region } = parseBackend(await readFile(path.join(run.root, run.folder, 'backend.hcl'), 'utf8'));
  const endpoint = run.awsEnvironment['AWS_ENDPOINT_URL_S3'] ?? run.awsEnvironment['AWS_ENDPOINT_URL'];
  if (bucket === undefined || region === undefined)
    throw new Error(`${run.folder}/backend.hcl names no bucket or region`);
  if (endpoint === undefined || new URL(endpoint).hostname !== '127.0.0.1') {
    throw new Error(`Terraform is only tested against 127.0.0.1, but AWS_ENDPOINT_URL is ${endpoint ?? 'not set'}`);
  }
  await makeStateBucket(endpoint, { bucket, region });
}

/** What a plan would change, by address, without reads and resources that stay as they are. */
export interface PlannedChanges {
  readonly changes: readonly { readonly address: string; readonly actions: readonly string[] }[];
  /** What `terraform plan` printed. */
  readonly text: string;
}

const planJson = z.object({
  resource_changes: z
    .array(z.object({ address: z.string(), change: z.object({ actions: z.array(z.string()) }) }))
    .default([]),
});

/**
 * Plans an environment and reads the plan's JSON.
 *
 * @throws Error with what Terraform printed when there is no plan.
 */
export async function readPlan(run: EnvironmentRun): Promise<PlannedChanges> {
  const terraformRun = environmentRun(run);
  const { stdout, stderr } = await terraformOk(terraformRun, ['plan', '-input=false', '-no-color', '-out=test.tfplan']);
  const shown = await terraformOk(terraformRun, ['show', '-json', 'test.tfplan']);
  const changes = planJson
    .parse(JSON.parse(shown.stdout))
    .resource_changes.map(({ address, change }) => ({ address, actions: change.actions }))
    .filter(({ actions }) => !actions.every((action) => action === 'no-op' || action === 'read'))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return { changes, text: stdout + stderr };
}
