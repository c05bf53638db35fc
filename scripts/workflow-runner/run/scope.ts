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

/** The result of a job of a run, or of one matrix combination. */
export interface JobRecord extends JobResult {
  readonly id: string;
  readonly name: string;
  readonly logFile: string;
}

/** Decides whether a job of an environment starts, by the environment, the run and the full name of the job. */
export type Approve = (environment: string, runId: number, jobName: string) => Promise<boolean>;

/** Dependencies that all runs share. */
export interface RunnerContext {
  readonly github: LocalGithub;
  readonly folder: string;
  /** Parent of the folders that stand for the machines of jobs. */
  readonly machines: string;
  readonly artifacts: ArtifactStore;
  readonly groups: ConcurrencyGroups;
  readonly standIns: ReadonlyMap<string, StandIn>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly environmentSecrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly variables: Readonly<Record<string, string>>;
  /** Environment variables of jobs besides GitHub's, such as the address of a local AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** Length of a minute of time limits. */
  readonly minuteMilliseconds: number;
  /** Aborted when the runner closes. */
  readonly closing: AbortSignal;
  /** Called before a job with an environment starts. */
  readonly approve: Approve;
  readonly onLine: (line: string, job: string) => void;
  /** The fault of a step. */
  readonly faultOf: FaultOfStep;
  /** Changes a workflow file before it runs, called workflows too. */
  readonly adjust: (file: WorkflowFile) => WorkflowFile;
}

/** A running workflow: that of the run, or one that a job calls. */
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
  /** The commit of the jobs' check runs. */
  readonly headSha: string;
  /** `github`, `inputs`, `vars` and `secrets`. */
  readonly contexts: Contexts;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether every secret of a job's environment can be read; else those whose names the calling job passes. */
  readonly hasAllSecrets: boolean;
  /** Maximum permissions in a called workflow: those of the calling job. */
  readonly allowed: WorkflowPermissions | undefined;
  readonly folder: string;
  /** The outcomes of jobs in the order of their end, by their place in the run; a later attempt keeps those that succeeded. */
  readonly outcomes: Map<string, JobOutcome>;
  /** The outcomes of the attempt before that are kept. */
  readonly earlier: ReadonlyMap<string, JobOutcome>;
  /** Place of the workflow in the run: empty for the run's own. */
  readonly place: string;
  /** Prefix of every job's name. */
  readonly prefix: string;
  /** Nesting depth of called workflows, this one included. */
  readonly depth: number;
  readonly signal: AbortSignal;
  readonly onRecord: (record: JobRecord) => void;
}

/** The result of a job for the jobs that need it. */
export interface JobOutcome {
  /** Whether it is that of an earlier attempt, and the job did not run again. */
  readonly isKept?: boolean;
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
