import type { LocalGithub, LocalGithubEvent } from '@sagemaker-gitops/local-github';
import type { FaultOfStep } from '../job/faults.ts';
import type { JobResult, Outcome } from '../job/job.ts';
import type { ArtifactStore } from '../stand-ins/artifacts.ts';
import type { StandIn } from '../stand-ins/stand-in.ts';
import type { Contexts } from '../syntax/expressions.ts';
import type { WorkflowFile } from '../syntax/workflow-file.ts';
import type { Job, WorkflowPermissions } from '../syntax/workflow-model.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { RunFacts } from './job-environment.ts';

/** A job of a run, or one of its matrix, as it went. */
export interface JobRecord extends JobResult {
  readonly id: string;
  readonly name: string;
  readonly logFile: string;
}

/** What a run works with, besides its own files. */
export interface RunnerContext {
  readonly github: LocalGithub;
  readonly folder: string;
  readonly artifacts: ArtifactStore;
  readonly groups: ConcurrencyGroups;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** What jobs find in their environment besides what GitHub sets, such as where a local AWS is. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long a minute of a time limit is. */
  readonly minuteMilliseconds: number;
  /** Aborted when the runner closes: then nothing is waited for. */
  readonly closing: AbortSignal;
  /** Asked before a job of an environment starts; its rules decide. */
  readonly approve: (environment: string, runId: number) => Promise<boolean>;
  readonly onLine: (line: string, job: string) => void;
  /** What goes wrong with a step. */
  readonly faultOf: FaultOfStep;
  /** Changes a workflow file before it is carried out, called ones included. */
  readonly adjust: (file: WorkflowFile) => WorkflowFile;
}

/** A workflow whose jobs are carried out: that of the run itself, or one that a job of it calls. */
export interface WorkflowScope {
  readonly runner: RunnerContext;
  readonly file: WorkflowFile;
  readonly facts: RunFacts;
  readonly event: LocalGithubEvent;
  readonly eventPath: string;
  /** Cancels the run. */
  readonly cancel: () => void;
  /** `github.event` and what belongs to it. */
  readonly payload: unknown;
  readonly fork: boolean;
  /** The commit at which the jobs show as checks. */
  readonly headSha: string;
  /** `github`, `inputs`, `vars` and `secrets`. */
  readonly contexts: Contexts;
  readonly secrets: Readonly<Record<string, string>>;
  /** What tokens may do at most, where a job calls this workflow: what that job may do. */
  readonly allowed: WorkflowPermissions | undefined;
  readonly folder: string;
  /** What comes before the name of every job. */
  readonly prefix: string;
  /** How many workflows call each other, this one included. */
  readonly depth: number;
  readonly signal: AbortSignal;
  readonly onRecord: (record: JobRecord) => void;
}

/** What the jobs after a job see of it. */
export interface JobOutcome {
  readonly result: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
}

/** One combination of a job's matrix, or the job itself. */
export interface Combination {
  readonly id: string;
  readonly job: Job;
  readonly contexts: Contexts;
  readonly index: number;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
}
