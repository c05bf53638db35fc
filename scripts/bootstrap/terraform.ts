import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { Process } from '../../actions/lib/ports/process.ts';
import type { BootstrapSettings } from './settings.ts';

/** What the bootstrap needs from outside. */
export interface BootstrapPorts {
  readonly run: Process;
  readonly say: (line: string) => void;
  /** Asks a person whether to apply the plan that was shown. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly environment: NodeJS.ProcessEnv;
}

/** Whether anything was changed. */
export type BootstrapOutcome = 'applied' | 'unchanged' | 'declined';

const PLAN_FILE = 'bootstrap.tfplan';

/**
 * Plans `terraform/bootstrap` with the settings of a service in an account, shows the plan, asks, and applies it. The
 * first run finds no state bucket, keeps its state beside the files and moves it into the bucket that it has made.
 *
 * @throws UserError when Terraform fails; what it printed has been said by then.
 */
export async function bootstrapService(
  root: string,
  settingsFile: string,
  settings: BootstrapSettings,
  ports: BootstrapPorts,
): Promise<BootstrapOutcome> {
  const folder = path.join(root, 'terraform/bootstrap');
  const override = path.join(folder, 'backend_override.tf');
  // A file of its own for each service and account: the state of another one would plan to destroy what that one has.
  const localState = `${settings.account}-${settings.service}.tfstate`;
  const backend = backendArguments(settings);
  const terraform = terraformIn(folder, ports);
  await rm(override, { force: true });
  let firstRun = existsSync(path.join(folder, localState));
  if (!firstRun) {
    const init = ['init', '-input=false', '-reconfigure', '-lockfile=readonly', ...backend];
    const remote = await terraform(init, 'quietly');
    firstRun = remote.exitCode !== 0 && /NoSuchBucket|does not exist/.test(remote.output);
    if (remote.exitCode !== 0 && !firstRun) throw failure('terraform init', remote.output);
  }
  try {
    if (firstRun) {
      ports.say(
        `The state is not in the bucket ${settings.service}-${settings.account}-state yet: this is the first run.`,
      );
      await writeFile(override, `terraform {\n  backend "local" {\n    path = "${localState}"\n  }\n}\n`);
      await must(
        terraform(['init', '-input=false', '-reconfigure', '-lockfile=readonly'], 'quietly'),
        'terraform init',
      );
    }
    const plan = await terraform(
      ['plan', '-input=false', '-detailed-exitcode', `-out=${PLAN_FILE}`, `-var-file=${settingsFile}`],
      'aloud',
    );
    if (plan.exitCode === 1) throw failure('terraform plan', plan.output);
    const changes = plan.exitCode !== 0;
    if (changes) {
      if (!(await ports.confirm(`Apply this to account ${settings.account}?`))) return 'declined';
      await must(terraform(['apply', '-input=false', PLAN_FILE], 'aloud'), 'terraform apply');
    }
    if (firstRun) {
      await rm(override);
      const migrate = ['init', '-input=false', '-migrate-state', '-force-copy', '-lockfile=readonly', ...backend];
      await must(terraform(migrate, 'quietly'), 'terraform init -migrate-state');
      // The state is in the bucket now; what is left here is empty, or its backup.
      for (const file of [localState, `${localState}.backup`]) {
        await rm(path.join(folder, file), { force: true });
      }
    }
    return changes ? 'applied' : 'unchanged';
  } finally {
    await rm(override, { force: true });
    await rm(path.join(folder, PLAN_FILE), { force: true });
  }
}

/** The roles and places that the workflows need to know, as Terraform made them. */
export async function readBootstrapOutputs(root: string, ports: BootstrapPorts): Promise<string> {
  const terraform = terraformIn(path.join(root, 'terraform/bootstrap'), ports);
  return (await must(terraform(['output', '-no-color'], 'quietly'), 'terraform output')).output.trim();
}

function backendArguments({ service, account, region }: BootstrapSettings): readonly string[] {
  return [
    `-backend-config=bucket=${service}-${account}-state`,
    `-backend-config=key=${service}.bootstrap.tfstate`,
    `-backend-config=region=${region}`,
    '-backend-config=encrypt=true',
    '-backend-config=use_lockfile=true',
  ];
}

interface TerraformEnd {
  readonly exitCode: number;
  readonly output: string;
}

type Terraform = (argv: readonly string[], voice: 'aloud' | 'quietly') => Promise<TerraformEnd>;

function terraformIn(folder: string, { run, say, environment }: BootstrapPorts): Terraform {
  return async (argv, voice) => {
    const onLine = voice === 'aloud' ? say : undefined;
    const result = await run({
      command: 'terraform',
      argv: argv[0] === 'output' ? argv : [...argv, '-no-color'],
      cwd: folder,
      environment: { ...environment, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      onStdoutLine: onLine,
      onStderrLine: onLine,
    });
    return { exitCode: result.exitCode, output: result.stdout + result.stderr };
  };
}

async function must(end: Promise<TerraformEnd>, what: string): Promise<TerraformEnd> {
  const result = await end;
  if (result.exitCode !== 0) throw failure(what, result.output);
  return result;
}

function failure(what: string, output: string): UserError {
  return new UserError({
    what: `${what} failed`,
    where: 'terraform/bootstrap',
    found: output.trim().split('\n').slice(-20).join('\n'),
    remedy:
      'Correct what Terraform says and run the command again; it goes on where it stopped. Credentials come from your own environment, for example `aws sso login`.',
  });
}
