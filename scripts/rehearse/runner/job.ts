import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readLocalAction } from './action-file.ts';
import {
  evaluateTemplate,
  interpolate,
  isMet,
  isTruthy,
  toText,
  type Contexts,
  type ContextValue,
  type Status,
} from './expressions.ts';
import type { Annotation, JobLog } from './log.ts';
import { runStepProcess } from './step-process.ts';
import type { StandIn, StandInContext } from './stand-ins/stand-in.ts';
import { parseUses, THIRD_PARTY_ACTIONS } from './third-party-actions.ts';
import type { Job, Step } from './workflow-model.ts';

export type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';

/** How a step went; `conclusion` is after `continue-on-error`. */
export interface StepResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly conclusion: Outcome;
  readonly error?: string;
}

/** How a job went. */
export interface JobResult {
  readonly result: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/** A job, ready to run: its contexts are known and its place is taken. */
export interface JobRun {
  readonly job: Job;
  readonly contexts: Contexts;
  /** What every step of the job finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly log: JobLog;
  readonly signal: AbortSignal;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly standInContext: Omit<StandInContext, 'workspace' | 'environment' | 'log' | 'signal'>;
}

interface JobState {
  environment: Record<string, string>;
  readonly path: string[];
  readonly steps: Record<string, { outputs: Record<string, string>; outcome: Outcome; conclusion: Outcome }>;
  failed: boolean;
  readonly summaries: string[];
  readonly annotations: Annotation[];
}

/** Runs the steps of a job, in order. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const workspace = path.join(run.folder, 'workspace');
  await mkdir(workspace, { recursive: true });
  await mkdir(path.join(run.folder, 'temp'), { recursive: true });
  const state: JobState = {
    environment: { ...run.environment },
    path: [],
    steps: {},
    failed: false,
    summaries: [],
    annotations: [],
  };
  const results: StepResult[] = [];
  for (const [index, step] of (run.job.steps ?? []).entries()) {
    const result = await runStep(run, state, step, workspace);
    results.push(result);
    if (step.id !== undefined) {
      const known = state.steps[step.id];
      state.steps[step.id] = { outputs: known?.outputs ?? {}, outcome: result.outcome, conclusion: result.conclusion };
    }
    if (result.conclusion === 'failure') state.failed = true;
    run.log.write(
      `[${index + 1}] ${result.name}: ${result.outcome}${result.error === undefined ? '' : `: ${result.error}`}`,
    );
  }
  const status = statusOf(run, state);
  const contexts = contextsOf(run, state);
  const outputs = Object.fromEntries(
    Object.entries(run.job.outputs).flatMap(([name, template]) => {
      const value = interpolate(template, contexts, status);
      if (!run.log.holdsSecret(value)) return [[name, value]];
      run.log.write(`warning: the output ${name} is left out, since it may hold a secret`);
      return [];
    }),
  );
  const result: Outcome = run.signal.aborted ? 'cancelled' : state.failed ? 'failure' : 'success';
  return { result, outputs, steps: results, summary: state.summaries.join('\n'), annotations: state.annotations };
}

async function runStep(run: JobRun, state: JobState, step: Step, workspace: string): Promise<StepResult> {
  const status = statusOf(run, state);
  const name = nameOf(step, contextsOf(run, state), status);
  try {
    const own = Object.fromEntries(
      Object.entries(step.env).map(([key, value]) => [key, interpolate(String(value), contextsOf(run, state), status)]),
    );
    const contexts = contextsOf(run, state, own);
    if (!isMet(step.if, contexts, status)) return { name, outcome: 'skipped', conclusion: 'skipped' };
    run.log.write(`--- ${name}`);
    const error = await attempt(async () => await carryOut(run, state, step, { workspace, contexts, status, own }));
    if (error === undefined) return { name, outcome: 'success', conclusion: 'success' };
    if (run.signal.aborted) return { name, outcome: 'cancelled', conclusion: 'cancelled', error };
    const tolerated =
      isTruthy(evaluateTemplate(String(step['continue-on-error']), contexts, status)) &&
      String(step['continue-on-error']) !== 'false';
    return { name, outcome: 'failure', conclusion: tolerated ? 'success' : 'failure', error };
  } catch (error) {
    return {
      name,
      outcome: 'failure',
      conclusion: 'failure',
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

async function attempt(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface StepScope {
  readonly workspace: string;
  readonly contexts: Contexts;
  readonly status: Status;
  readonly own: Readonly<Record<string, string>>;
}

async function carryOut(run: JobRun, state: JobState, step: Step, scope: StepScope): Promise<void> {
  const { workspace, contexts, status, own } = scope;
  const environment = {
    ...state.environment,
    ...own,
    PATH: [...state.path.toReversed(), state.environment['PATH'] ?? ''].join(':'),
  };
  const minutes =
    step['timeout-minutes'] === undefined
      ? undefined
      : Number(evaluateTemplate(String(step['timeout-minutes']), contexts, status));
  const signal =
    minutes === undefined ? run.signal : AbortSignal.any([run.signal, AbortSignal.timeout(minutes * 60_000)]);
  if (step.run !== undefined) {
    const script = path.join(
      run.folder,
      'temp',
      `script-${Object.keys(state.steps).length}-${state.summaries.length}.sh`,
    );
    await writeFile(script, interpolate(step.run, contexts, status));
    const shell = step.shell ?? run.job.defaults?.run.shell ?? 'default';
    const cwd = path.resolve(workspace, step['working-directory'] ?? run.job.defaults?.run['working-directory'] ?? '');
    // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defaultsrunshell
    const argv = { default: ['-e', script], bash: ['--noprofile', '--norc', '-eo', 'pipefail', script] }[shell];
    if (argv === undefined) throw new Error(`the local runner has no shell ${shell}: bash alone`);
    await runProcess(run, state, step, { command: 'bash', argv, cwd, environment, signal });
    return;
  }
  const uses = step.uses ?? '';
  const given = Object.fromEntries(
    Object.entries(step.with).map(([key, value]) => [key.toLowerCase(), interpolate(String(value), contexts, status)]),
  );
  if (uses.startsWith('./')) {
    const action = await readLocalAction(path.join(workspace, uses));
    const inputs = completeInputs(uses, given, action.inputs, contexts, status);
    const variables = Object.entries(inputs).map(
      ([key, value]) => [`INPUT_${key.replaceAll(' ', '_').toUpperCase()}`, value] as const,
    );
    await runProcess(run, state, step, {
      command: process.execPath,
      argv: [action.main],
      cwd: workspace,
      environment: {
        ...environment,
        ...Object.fromEntries(variables),
        GITHUB_ACTION: step.id ?? uses,
        GITHUB_ACTION_PATH: action.folder,
      },
      signal,
    });
    return;
  }
  const parsed = parseUses(uses);
  const published = parsed === undefined ? undefined : THIRD_PARTY_ACTIONS.get(parsed.name);
  const standIn = parsed === undefined ? undefined : run.standIns.get(parsed.name);
  if (parsed === undefined || published === undefined || standIn === undefined) {
    throw new Error(`the local runner has no stand-in for ${uses}: it has ${[...run.standIns.keys()].join(', ')}`);
  }
  if (parsed.ref !== published.commit)
    throw new Error(`${uses} is not the pinned release ${published.version} (${published.commit})`);
  const inputs = completeInputs(uses, given, published.inputs, contexts, status);
  const answer = await standIn(inputs, { ...run.standInContext, workspace, environment, log: run.log, signal });
  Object.assign(state.environment, answer.environment ?? {});
  state.path.push(...(answer.path ?? []));
  keepOutputs(state, step, Object.entries(answer.outputs ?? {}));
}

/** The inputs of an action with its defaults; one that it doesn't declare, or a missing one, is an error. */
function completeInputs(
  uses: string,
  given: Readonly<Record<string, string>>,
  declared: Readonly<
    Record<string, { readonly required?: boolean | undefined; readonly default?: string | undefined }>
  >,
  contexts: Contexts,
  status: Status,
): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) {
    throw new Error(
      `unexpected input ${unknown.join(', ')} of ${uses}: it declares ${Object.keys(declared).join(', ')}`,
    );
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, { required, default: fallback }]) => {
      const value = given[name] ?? (fallback === undefined ? '' : interpolate(fallback, contexts, status));
      if (required === true && value === '') throw new Error(`input required and not supplied: ${name} of ${uses}`);
      return [name, value];
    }),
  );
}

async function runProcess(
  run: JobRun,
  state: JobState,
  step: Step,
  process: {
    readonly command: string;
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const answer = await runStepProcess({ ...process, temporary: path.join(run.folder, 'temp'), log: run.log });
  Object.assign(state.environment, Object.fromEntries(answer.environment));
  state.path.push(...answer.path);
  if (answer.summary !== '') state.summaries.push(answer.summary);
  state.annotations.push(...answer.annotations);
  keepOutputs(state, step, answer.outputs);
  if (process.signal.aborted) throw new Error('cancelled');
  if (answer.exitCode !== 0) throw new Error(`exit code ${answer.exitCode}`);
}

function keepOutputs(state: JobState, step: Step, outputs: Iterable<readonly [string, string]>): void {
  if (step.id === undefined) return;
  state.steps[step.id] = { outputs: Object.fromEntries(outputs), outcome: 'success', conclusion: 'success' };
}

function contextsOf(run: JobRun, state: JobState, own: Readonly<Record<string, string>> = {}): Contexts {
  const steps: ContextValue = { ...state.steps };
  return {
    ...run.contexts,
    steps,
    env: { ...(run.contexts['env'] as Readonly<Record<string, string>>), ...own },
    job: { status: statusText(statusOf(run, state)) },
  };
}

function statusOf(run: JobRun, state: JobState): Status {
  const cancelled = run.signal.aborted;
  return { cancelled, failure: state.failed && !cancelled, success: !state.failed && !cancelled };
}

function statusText({ success, cancelled }: Status): string {
  return cancelled ? 'cancelled' : success ? 'success' : 'failure';
}

function nameOf(step: Step, contexts: Contexts, status: Status): string {
  const name = step.name ?? step.uses?.replace(/@.*/, '') ?? `Run ${(step.run ?? '').trim().split('\n')[0] ?? ''}`;
  return name.includes('${{') ? toText(evaluateTemplate(name, contexts, status)) : name;
}
