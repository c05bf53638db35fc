import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { UserError } from '../../domain/errors/user-error.ts';
import { parseMessage, parseValidation, type TerraformDiagnostic } from '../../domain/plan/diagnostics.ts';
import { parseOutputValues } from '../../domain/plan/plan-json.ts';
import type { Process, ProcessResult } from '../../ports/process.ts';
import type { LockOptions, OnTerraformMessage, Terraform } from '../../ports/terraform.ts';

/** What Terraform by its command line needs. */
export interface TerraformCliOptions {
  readonly process: Process;
  /** The folder of the root module. */
  readonly folder: string;
  /** Folder for modules, providers and the settings of the backend. */
  readonly dataFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onMessage: OnTerraformMessage;
}

const versionJson = z.looseObject({ terraform_version: z.string() });

/** Terraform by its command line. Values never reach the log: only addresses, actions and masked diagnostics do. */
export function createTerraform(options: TerraformCliOptions): Terraform {
  const run = async (argv: readonly string[], streams: boolean): Promise<Run> => {
    options.signal.throwIfAborted();
    const diagnostics: TerraformDiagnostic[] = [];
    let outputs: unknown;
    const result = await options.process({
      command: 'terraform',
      argv,
      cwd: options.folder,
      environment: terraformEnvironment(options.environment, options.dataFolder),
      signal: options.signal,
      ...(streams
        ? {
            onStdoutLine: (line: string) => {
              const message = parseMessage(line);
              if (message === undefined) return;
              if (message.diagnostic !== undefined) diagnostics.push(message.diagnostic);
              if (message.outputs !== undefined) outputs = message.outputs;
              options.onMessage(message);
            },
          }
        : {}),
    });
    if (options.signal.aborted) throw cancelled(argv, result, options.signal);
    return { result, diagnostics, outputs };
  };
  const read = async (...argv: readonly string[]): Promise<string> => {
    const { result } = await run(argv, false);
    if (result.exitCode === 0) return result.stdout;
    throw new UserError({
      what: `terraform ${argv[0] ?? ''} failed`,
      where: options.folder,
      expected: 'exit code 0',
      found: `exit code ${String(result.exitCode)}: ${plainText(result.stderr)}`,
      remedy: 'Run the same command by hand in that folder; check the credentials and the backend.',
    });
  };
  return {
    version: async () => versionJson.parse(JSON.parse(await read('version', '-json'))).terraform_version,
    init: async (backendConfig) => {
      const { result, diagnostics } = await run(
        [
          'init',
          '-json',
          '-input=false',
          '-lockfile=readonly',
          '-reconfigure',
          ...backendConfig.map((entry) => `-backend-config=${entry}`),
        ],
        true,
      );
      return result.exitCode === 0
        ? { kind: 'done', diagnostics }
        : { kind: 'failed', diagnostics: orStderr(diagnostics, result, 'init') };
    },
    validate: async () => {
      const { result } = await run(['validate', '-json'], false);
      const diagnostics = parseValidation(result.stdout);
      return result.exitCode === 0
        ? { kind: 'done', diagnostics }
        : { kind: 'failed', diagnostics: orStderr(diagnostics, result, 'validate') };
    },
    plan: async (planFile, lock) => {
      const { result, diagnostics } = await run(
        ['plan', '-json', '-input=false', '-detailed-exitcode', `-out=${planFile}`, ...lockArguments(lock)],
        true,
      );
      // 0: nothing to change, 2: changes; anything else is an error (`terraform plan -help`, -detailed-exitcode).
      if (result.exitCode !== 0 && result.exitCode !== 2) {
        return { kind: 'failed', diagnostics: orStderr(diagnostics, result, 'plan') };
      }
      return { kind: result.exitCode === 0 ? 'no-changes' : 'changes', diagnostics };
    },
    showPlan: async (planFile) => await read('show', '-json', planFile),
    apply: async (planFile, lock) => {
      const { result, diagnostics, outputs } = await run(
        ['apply', '-json', '-input=false', ...lockArguments(lock), planFile],
        true,
      );
      if (result.exitCode !== 0) {
        return { kind: 'failed', diagnostics: orStderr(diagnostics, result, 'apply') };
      }
      // Said at the end of an apply, except where there are none.
      return { kind: 'done', outputs: parseOutputValues(outputs ?? JSON.parse(await read('output', '-json'))) };
    },
  };
}

interface Run {
  readonly result: ProcessResult;
  readonly diagnostics: readonly TerraformDiagnostic[];
  /** What Terraform said last of its outputs, if anything. */
  readonly outputs: unknown;
}

function lockArguments(lock: LockOptions): readonly string[] {
  return lock === 'none' ? ['-lock=false'] : [`-lock-timeout=${String(lock.timeoutSeconds)}s`];
}

// Where Terraform finds providers and modules. Any other of its variables changes what is planned, or what is logged:
// https://developer.hashicorp.com/terraform/cli/config/environment-variables
const KEPT_SETTINGS = /^TF_(?:CLI_ARGS_init|CLI_CONFIG_FILE|PLUGIN_CACHE_\w+|REGISTRY_\w+|TOKEN_\w+)$/;

/** An environment without the variables that make Terraform plan something else, such as TF_WORKSPACE and TF_VAR_…. */
export function withoutTerraformSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('TF_') || KEPT_SETTINGS.test(name)));
}

/**
 * The environment that Terraform gets. What belongs to the action and the runner stays out of it: a plan runs code of the
 * pull request (modules, providers, external data), which needs neither the inputs of the action nor the runner's tokens.
 */
function terraformEnvironment(environment: NodeJS.ProcessEnv, dataFolder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(withoutTerraformSettings(environment)).filter(
    ([name]) => !/^(?:INPUT_|ACTIONS_)/.test(name) && !/^(?:GITHUB|GH)_TOKEN$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    TF_DATA_DIR: dataFolder,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    // The check for newer versions is a request to a third party on every run.
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1',
  };
}

function orStderr(
  diagnostics: readonly TerraformDiagnostic[],
  result: ProcessResult,
  step: string,
): readonly TerraformDiagnostic[] {
  if (diagnostics.some(({ severity }) => severity === 'error')) return diagnostics;
  const summary = `terraform ${step} ended with exit code ${String(result.exitCode)}`;
  const detail = plainText(result.stderr) || 'It printed no error.';
  return [...diagnostics, { severity: 'error', summary, detail }];
}

function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[╷│╵]/g, '').trim().slice(-4_000);
}

function cancelled(argv: readonly string[], result: ProcessResult, signal: AbortSignal): UserError {
  return new UserError({
    what: `terraform ${argv[0] ?? ''} was interrupted`,
    expected: 'to run to its end',
    found: `${signal.reason instanceof Error ? signal.reason.message : 'the job was cancelled'}; terraform ended with exit code ${String(result.exitCode)} and released its lock`,
    remedy:
      'Run the job again. If the next run says that the state is locked, see who holds the lock before you force it.',
  });
}
