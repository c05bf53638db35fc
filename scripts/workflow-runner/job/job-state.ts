import type { Contexts, ContextValue, Status } from '../syntax/expressions.ts';
import type { Machine, StepFault } from './faults.ts';
import type { Annotation, JobLog } from './log.ts';
import type { StandIn, StandInContext } from '../stand-ins/stand-in.ts';
import type { Job, RunDefaults } from '../syntax/workflow-model.ts';

export type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';

/** How a step went; `conclusion` is after `continue-on-error`. */
export interface StepResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly conclusion: Outcome;
  readonly error?: string;
}

/** A job, ready to run: its contexts are known and its place is taken. */
export interface JobRun {
  readonly job: Job;
  /** `defaults.run` of the workflow and the job. */
  readonly defaults: RunDefaults;
  readonly contexts: Contexts;
  /** What every step of the job finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly log: JobLog;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted some time after that, when even what runs always has to end. */
  readonly forced: AbortSignal;
  /** How long a minute of a time limit is. */
  readonly minuteMilliseconds: number;
  readonly machine: Machine;
  /** What goes wrong with a step, by its number. */
  readonly faultOf: (step: number) => StepFault | undefined;
  readonly cancelRun: () => void;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly standInContext: Omit<StandInContext, 'workspace' | 'environment' | 'log' | 'signal'>;
}

/** What an action does after the last step of the job. */
interface PostStep {
  readonly name: string;
  readonly condition: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** What the steps of a job share, those of composite actions included. */
export interface JobState {
  readonly workspace: string;
  environment: Record<string, string>;
  /** What steps have added to the environment, which the context `env` shows too. */
  readonly exported: Record<string, string>;
  readonly path: string[];
  readonly summaries: string[];
  readonly annotations: Annotation[];
  readonly posts: PostStep[];
  scripts: number;
  failed: boolean;
}

/** PATH as the steps so far have made it: what was added last is searched first. */
export function searchPath({ path, environment }: JobState): string {
  return [...path.toReversed(), environment['PATH'] ?? ''].join(':');
}

/** Steps that see each other's outputs: those of the job, or those of one use of a composite action. */
export interface Frame {
  readonly steps: Record<string, { outputs: Record<string, string>; outcome: Outcome; conclusion: Outcome }>;
  failed: boolean;
  /** Of a composite action only. */
  readonly composite:
    | {
        readonly inputs: Readonly<Record<string, string>>;
        readonly folder: string;
        /** `env` of the step that uses it. */
        readonly environment: Readonly<Record<string, string>>;
        /** How many composite actions it is inside of, itself included. */
        readonly depth: number;
      }
    | undefined;
}

/** The contexts that the expressions of a step see. */
export function contextsOf(
  run: JobRun,
  state: JobState,
  frame: Frame,
  own: Readonly<Record<string, string>> = {},
): Contexts {
  const { env, secrets, github, ...rest } = run.contexts;
  const steps: ContextValue = { ...frame.steps };
  const job = { status: statusText(statusOf(run, { failed: state.failed })) };
  const shared = { ...rest, steps, job };
  const inherited = { ...asRecord(env), ...state.exported };
  if (frame.composite === undefined) {
    return { ...shared, github: github ?? {}, secrets: secrets ?? {}, env: { ...inherited, ...own } };
  }
  // A composite action has inputs of its own, and no secrets but those that it is given.
  const { inputs, folder, environment } = frame.composite;
  const action = { action_path: folder, action_status: statusText(statusOf(run, frame)) };
  return {
    ...shared,
    inputs,
    github: { ...asRecord(github), ...action },
    env: { ...inherited, ...environment, ...own },
  };
}

/** What the status functions answer for the next step. */
export function statusOf(run: JobRun, { failed }: { readonly failed: boolean }): Status {
  const cancelled = run.signal.aborted;
  return { cancelled, failure: failed && !cancelled, success: !failed && !cancelled };
}

function statusText({ success, cancelled }: Status): string {
  return cancelled ? 'cancelled' : success ? 'success' : 'failure';
}

function asRecord(value: ContextValue | undefined): Readonly<Record<string, ContextValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, ContextValue>>)
    : {};
}
