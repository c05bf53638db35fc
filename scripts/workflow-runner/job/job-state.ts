import type { Contexts, ContextValue, Status } from '../syntax/expressions.ts';
import type { Machine, StepFault } from './faults.ts';
import type { Annotation, JobLog } from './log.ts';
import type { StandIn, StandInContext } from '../stand-ins/stand-in.ts';
import type { Job, RunDefaults } from '../syntax/workflow-model.ts';

export type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';

/** The result of a step; `conclusion` is after `continue-on-error`. */
export interface StepResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly conclusion: Outcome;
  readonly error?: string;
}

/** A job that is ready to run, in its concurrency group. */
export interface JobRun {
  readonly job: Job;
  /** `defaults.run` of the workflow and the job. */
  readonly defaults: RunDefaults;
  readonly contexts: Contexts;
  /** Environment variables of every step. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly log: JobLog;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted five minutes later, when steps with always() must end too. */
  readonly forced: AbortSignal;
  /** Length of a minute of time limits. */
  readonly minuteMilliseconds: number;
  readonly machine: Machine;
  /** The fault of a step, by its number. */
  readonly faultOf: (step: number) => StepFault | undefined;
  readonly cancelRun: () => void;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly standInContext: Omit<StandInContext, 'workspace' | 'environment' | 'log' | 'signal'>;
}

/** The post step of an action. */
interface PostStep {
  readonly name: string;
  readonly condition: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** State that the steps of a job share, including those of composite actions. */
export interface JobState {
  readonly workspace: string;
  environment: Record<string, string>;
  /** Variables that steps have exported, also in the context `env`. */
  readonly exported: Record<string, string>;
  readonly path: string[];
  readonly summaries: string[];
  readonly annotations: Annotation[];
  readonly posts: PostStep[];
  scripts: number;
  failed: boolean;
}

/** The PATH with the entries that steps have added; the last added is searched first. */
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

/** The values of the status functions for the next step. */
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
