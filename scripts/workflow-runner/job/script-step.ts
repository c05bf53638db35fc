import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { interpolate, type Contexts, type Status } from '../syntax/expressions.ts';
import type { Frame, JobRun, JobState } from './job-state.ts';
import { runStepProcess } from './step-process.ts';
import type { Step } from '../syntax/workflow-model.ts';

/** What a process of a step is started with. */
export interface ProcessScope {
  readonly contexts: Contexts;
  readonly status: Status;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Runs the script of a step with its shell. */
export async function runScript(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  scope: ProcessScope,
): Promise<void> {
  const { contexts, status } = scope;
  const [command = '', ...argv] = shellCommand(step.shell ?? run.defaults.shell);
  state.scripts += 1;
  const script = path.join(run.folder, 'temp', `script-${state.scripts}`);
  await writeFile(script, interpolate(step.run ?? '', contexts, status));
  const folder = interpolate(step['working-directory'] ?? run.defaults['working-directory'] ?? '', contexts, status);
  const environment =
    frame.composite === undefined
      ? scope.environment
      : { ...scope.environment, GITHUB_ACTION_PATH: frame.composite.folder };
  await runProcess(run, state, frame, step.id, {
    command,
    argv: argv.map((argument) => argument.replaceAll('{0}', script)),
    cwd: path.resolve(state.workspace, folder),
    environment,
    signal: scope.signal,
  });
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
const SHELLS: Readonly<Record<string, string>> = {
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python3 {0}',
};

/** The program of a shell and its arguments; `{0}` stands for the script. */
function shellCommand(shell: string | undefined): readonly string[] {
  const line = shell === undefined ? 'bash -e {0}' : shell.includes('{0}') ? shell : SHELLS[shell];
  if (line !== undefined) return line.split(/\s+/).filter((word) => word !== '');
  throw new Error(
    `the local runner has no shell ${String(shell)}: ${Object.keys(SHELLS).join(', ')}, or a command line with {0}`,
  );
}

/** A program of a step. */
export interface StepProgram {
  readonly command: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs a program and keeps what it wrote for the steps after it; answers what it keeps for itself.
 *
 * @throws Error when it is cancelled or fails.
 */
export async function runProcess(
  run: JobRun,
  state: JobState,
  frame: Frame,
  stepId: string | undefined,
  program: StepProgram,
): Promise<ReadonlyMap<string, string>> {
  const { died } = run.machine;
  const temporary = path.join(run.folder, 'temp');
  const answer = await runStepProcess({ ...program, died, temporary, log: run.log });
  for (const target of [state.environment, state.exported])
    Object.assign(target, Object.fromEntries(answer.environment));
  state.path.push(...answer.path);
  if (answer.summary !== '') state.summaries.push(answer.summary);
  state.annotations.push(...answer.annotations);
  keepOutputs(frame, stepId, answer.outputs);
  if (program.signal.aborted) throw new Error('cancelled');
  if (answer.exitCode !== 0) throw new ProgramFailure(answer.exitCode, answer.state);
  return answer.state;
}

/** A program that ended with another exit code than 0; what it kept for its `post` is kept all the same. */
export class ProgramFailure extends Error {
  readonly state: ReadonlyMap<string, string>;

  constructor(exitCode: number, state: ReadonlyMap<string, string>) {
    super(`exit code ${exitCode}`);
    this.state = state;
  }
}

/** Makes outputs visible to the steps after this one. */
export function keepOutputs(
  frame: Frame,
  stepId: string | undefined,
  outputs: Iterable<readonly [string, string]>,
): void {
  if (stepId === undefined) return;
  frame.steps[stepId] = { outputs: Object.fromEntries(outputs), outcome: 'success', conclusion: 'success' };
}
