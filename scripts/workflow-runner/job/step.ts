import { runAction } from './action-step.ts';
import {
  interpolate,
  isMet,
  isTruthy,
  evaluateTemplate,
  toText,
  type Contexts,
  type Status,
} from '../syntax/expressions.ts';
import { underFault, type StepFault } from './faults.ts';
import {
  contextsOf,
  searchPath,
  statusOf,
  type Frame,
  type JobRun,
  type JobState,
  type StepResult,
} from './job-state.ts';
import { runScript } from './script-step.ts';
import type { Step } from '../syntax/workflow-model.ts';

/** Runs steps in order; `onResult` is called after each. */
export async function runSteps(
  run: JobRun,
  state: JobState,
  frame: Frame,
  steps: readonly Step[],
  onResult: (result: StepResult) => void,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (run.machine.died.aborted) return;
    const fault = (): StepFault | undefined => (frame.composite === undefined ? run.faultOf(index + 1) : undefined);
    const result = await runStep(run, state, frame, step, fault);
    if (step.id !== undefined) {
      const outputs = frame.steps[step.id]?.outputs ?? {};
      frame.steps[step.id] = { outputs, outcome: result.outcome, conclusion: result.conclusion };
    }
    if (result.conclusion === 'failure') frame.failed = true;
    onResult(result);
  }
}

const CANCELLED: Status = { success: false, failure: false, cancelled: true };

async function runStep(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  faultOf: () => StepFault | undefined,
): Promise<StepResult> {
  const status = statusOf(run, frame);
  let name = step.name ?? step.uses ?? 'Run';
  try {
    name = nameOf(step, contextsOf(run, state, frame), status);
    const own = Object.fromEntries(
      Object.entries(step.env).map(([key, value]) => [
        key,
        interpolate(String(value), contextsOf(run, state, frame), status),
      ]),
    );
    const contexts = contextsOf(run, state, frame, own);
    if (!isMet(step.if, contexts, status)) return { name, outcome: 'skipped', conclusion: 'skipped' };
    run.log.write(`--- ${name}`);
    // A step that wants to run when the job is cancelled is not cancelled with it:
    // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
    const patient = step.if !== undefined && isMet(step.if, contexts, CANCELLED);
    const limit = readLimit(run, step, contexts, status);
    const signal = AbortSignal.any([patient ? run.forced : run.signal, ...(limit === undefined ? [] : [limit.signal])]);
    const error = await attempt(async () => {
      await underFault(faultOf(), run.machine, run.cancelRun, async () => {
        await carryOut(run, state, frame, step, { contexts, status, own, signal });
      });
    });
    if (error === undefined) return { name, outcome: 'success', conclusion: 'success' };
    if (signal.aborted && limit?.signal.aborted !== true) {
      return { name, outcome: 'cancelled', conclusion: 'cancelled', error };
    }
    const why = limit?.signal.aborted === true ? `the step has timed out after ${limit.minutes} minutes` : error;
    const tolerated = isTrue(step['continue-on-error'], contexts, status);
    return { name, outcome: 'failure', conclusion: tolerated ? 'success' : 'failure', error: why };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { name, outcome: 'failure', conclusion: 'failure', error: message };
  }
}

/** Whether a key such as `continue-on-error`, a flag or an expression, holds. */
export function isTrue(value: boolean | string, contexts: Contexts, status: Status): boolean {
  const evaluated = evaluateTemplate(String(value), contexts, status);
  return evaluated !== 'false' && isTruthy(evaluated);
}

interface Limit {
  readonly minutes: number;
  readonly signal: AbortSignal;
}

function readLimit(run: JobRun, step: Step, contexts: Contexts, status: Status): Limit | undefined {
  const stated = step['timeout-minutes'];
  if (stated === undefined) return undefined;
  const minutes = readMinutes(stated, contexts, status);
  return { minutes, signal: AbortSignal.timeout(minutes * run.minuteMilliseconds) };
}

/**
 * A time limit, which GitHub takes in whole minutes only.
 *
 * @throws Error for anything else.
 */
export function readMinutes(stated: number | string, contexts: Contexts, status: Status): number {
  const minutes = Number(evaluateTemplate(String(stated), contexts, status));
  if (Number.isInteger(minutes) && minutes > 0) return minutes;
  throw new Error(`timeout-minutes is no positive whole number: ${String(stated)}`);
}

/** What a step runs with, after its condition held. */
interface StepScope {
  readonly contexts: Contexts;
  readonly status: Status;
  /** `env` of the step. */
  readonly own: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function carryOut(run: JobRun, state: JobState, frame: Frame, step: Step, scope: StepScope): Promise<void> {
  const environment = {
    ...state.environment,
    ...frame.composite?.environment,
    ...scope.own,
    PATH: searchPath(state),
  };
  const full = { ...scope, environment };
  if (step.run !== undefined) await runScript(run, state, frame, step, full);
  else await runAction(run, state, frame, step, full, runSteps);
}

/** Does something, and answers why it failed. */
export async function attempt(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function nameOf(step: Step, contexts: Contexts, status: Status): string {
  const name = step.name ?? step.uses?.replace(/@.*/, '') ?? `Run ${(step.run ?? '').trim().split('\n')[0] ?? ''}`;
  return name.includes('${{') ? toText(evaluateTemplate(name, contexts, status)) : name;
}
