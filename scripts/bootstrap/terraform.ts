import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withoutTerraformSettings } from '../../actions/lib/adapters/terraform/cli.ts';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { InterruptedError } from '../command-line.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseMessage, type TerraformDiagnostic } from '../../actions/lib/domain/plan/diagnostics.ts';
import { parsePlanJson, type PlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import type { Process, ProcessResult } from '../../actions/lib/ports/process.ts';
import { workFolder } from './checkout-claim.ts';
import { stateKey } from './facts.ts';
import type { BootstrapSettings } from './settings.ts';

/** A resource that exists and that the next apply takes into the state. */
export interface Import {
  readonly to: string;
  readonly id: string;
}

/** Where a plan reads the state: in its bucket, or a copy on this machine that is never written back. */
export type StateSource = { readonly kind: 'bucket' } | { readonly kind: 'copy'; readonly text: string | null };

interface PlanOptions {
  readonly settings: BootstrapSettings;
  readonly state: StateSource;
  readonly imports: readonly Import[];
  readonly destroy?: boolean;
}

/** `terraform/bootstrap`, run in a copy of its folder, so that nothing is written beside its files. */
export interface Terraform {
  plan(options: PlanOptions): Promise<PlanJson>;
  /** Applies the last plan, which has to be of the state in the bucket. */
  apply(): Promise<void>;
}

const PLAN_FILE = 'bootstrap.tfplan';
// The caller holds the lock of the state from before the first change to after the last one.
const NO_LOCK = '-lock=false';

/** @param signal stops it: no command begins after that, and one that runs is told once and saves its state */
export function openTerraform(
  root: string,
  run: Process,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Terraform {
  // Kept between runs for the provider, which has hundreds of megabytes.
  const work = workFolder(root);
  const folder = path.join(work, 'bootstrap');
  const terraform = async (argv: readonly string[]): Promise<ProcessResult> => {
    signal.throwIfAborted();
    const diagnostics: TerraformDiagnostic[] = [];
    const result = await run({
      ...{ command: 'terraform', argv, cwd: folder, signal, detached: true },
      environment: {
        ...withoutTerraformSettings(environment),
        ...{ TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1', NO_COLOR: '1' },
      },
      onStdoutLine: (line) => {
        const diagnostic = parseMessage(line)?.diagnostic;
        if (diagnostic?.severity === 'error') diagnostics.push(diagnostic);
      },
    });
    if (result.exitCode === 0) return result;
    const failed = failure(argv, result, diagnostics);
    const reason: unknown = signal.reason;
    throw reason instanceof InterruptedError ? new InterruptedError(reason.by, failed) : failed;
  };
  return {
    plan: async ({ settings, state, imports, destroy = false }) => {
      await copyFiles(root, work);
      const write = async (name: string, content: unknown): Promise<void> =>
        await writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      await write('settings.auto.tfvars.json', settings);
      await write('imports.tf', imports.map(renderImport).join(''));
      if (state.kind === 'copy') {
        await write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
        if (state.text !== null) await write('terraform.tfstate', state.text);
      }
      const backend = state.kind === 'bucket' ? backendArguments(settings) : [];
      await terraform(['init', '-json', '-input=false', '-reconfigure', '-lockfile=readonly', ...backend]);
      const mode = destroy ? ['-destroy'] : [];
      await terraform(['plan', '-json', '-input=false', NO_LOCK, `-out=${PLAN_FILE}`, ...mode]);
      return parsePlanJson((await terraform(['show', '-json', PLAN_FILE])).stdout);
    },
    apply: async () => {
      await terraform(['apply', '-json', '-input=false', NO_LOCK, PLAN_FILE]);
    },
  };
}

/** Copies the configuration and the module that it uses. The provider stays from the run before. */
async function copyFiles(root: string, work: string): Promise<void> {
  const folder = path.join(work, 'bootstrap');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name !== '.terraform') await rm(path.join(folder, name), { recursive: true });
  }
  const source = path.join(root, 'terraform/bootstrap');
  for (const name of await readdir(source)) {
    if (/\.(?:tf|lock\.hcl)$/.test(name)) await cp(path.join(source, name), path.join(folder, name));
  }
  await rm(path.join(work, 'modules'), { recursive: true, force: true });
  await cp(path.join(root, 'terraform/modules/network'), path.join(work, 'modules/network'), { recursive: true });
}

function renderImport({ to, id }: Import): string {
  return `import {\n  to = ${to}\n  id = ${JSON.stringify(id)}\n}\n`;
}

function backendArguments(settings: BootstrapSettings): readonly string[] {
  return [
    `-backend-config=bucket=${stateBucketName(settings)}`,
    `-backend-config=key=${stateKey(settings.service)}`,
    `-backend-config=region=${settings.region}`,
    '-backend-config=encrypt=true',
  ];
}

function failure(
  argv: readonly string[],
  { exitCode, stderr }: ProcessResult,
  diagnostics: readonly TerraformDiagnostic[],
): UserError {
  const texts = diagnostics.map(({ summary, detail, range }) => {
    const place = range === undefined ? '' : ` (terraform/bootstrap/${range.filename}:${String(range.start.line)})`;
    return `${summary}${place}${detail === '' ? '' : `\n${detail}`}`;
  });
  return new UserError({
    what: `terraform ${argv[0] ?? ''} failed`,
    where: 'terraform/bootstrap',
    expected: 'exit code 0',
    found: `exit code ${String(exitCode)}\n${texts.length === 0 ? stderr.trim() : texts.join('\n')}`,
    remedy: 'Correct the cause and run the command again; it continues from what is there.',
  });
}
