import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocalGithub, LocalGithubEvent } from '@sagemaker-gitops/local-github';
import type { ArtifactStore } from '../stand-ins/artifacts.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { EventContext } from './event-context.ts';
import type { Contexts, ContextValue } from '../syntax/expressions.ts';
import type { FaultOfStep } from '../job/faults.ts';
import { enterGroup } from './job-group.ts';
import { githubContext, type RunFacts } from './job-environment.ts';
import { runJobs } from './job-graph.ts';
import type { JobResult, Outcome } from '../job/job.ts';
import type { StandIn } from '../stand-ins/stand-in.ts';
import type { WorkflowFile } from '../syntax/workflow-file.ts';
import { readInputs } from '../syntax/workflow-inputs.ts';
import type { WorkflowPermissions } from '../syntax/workflow-model.ts';

/** A job of a run, or one of its matrix, as it went. */
export interface JobRecord extends JobResult {
  readonly id: string;
  readonly name: string;
  readonly logFile: string;
}

/** What a run works with, besides its own files. */
export interface RunWorld {
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

/** A run to be carried out. */
export interface RunRequest {
  readonly runId: number;
  readonly file: WorkflowFile;
  readonly event: LocalGithubEvent;
  readonly eventContext: EventContext;
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** A workflow whose jobs are carried out: that of the run itself, or one that a job of it calls. */
export interface WorkflowScope {
  readonly world: RunWorld;
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

/** Carries out a run: its jobs as their needs allow, in their concurrency groups and environments. */
export async function runWorkflow(
  world: RunWorld,
  request: RunRequest,
): Promise<{ readonly conclusion: Outcome; readonly jobs: readonly JobRecord[] }> {
  const { file, event, eventContext, runId, signal } = request;
  const facts: RunFacts = {
    runId,
    workflowName: file.workflow.name ?? file.path,
    workflowPath: file.path,
    eventName: event.name,
    ref: event.ref,
    sha: event.sha,
    headRef: eventContext.headRef,
    baseRef: eventContext.baseRef,
    actor: event.actor.login,
  };
  const folder = path.join(world.folder, `run-${runId}`);
  await mkdir(folder, { recursive: true });
  const given = event.payload['inputs'];
  const inputs: Readonly<Record<string, ContextValue>> =
    event.name === 'workflow_dispatch'
      ? readInputs(
          file.workflow.on.workflow_dispatch?.inputs ?? {},
          typeof given === 'object' && given !== null ? { ...given } : {},
        )
      : {};
  const payload = {
    ...event.payload,
    ...(event.name === 'workflow_dispatch' ? { inputs } : {}),
    ...(event.action === undefined ? {} : { action: event.action }),
  };
  const eventPath = path.join(folder, 'event.json');
  await writeFile(eventPath, JSON.stringify(payload));
  // Read where an expression names them; an unknown one is empty, as on GitHub.
  const secrets = eventContext.fork ? {} : world.secrets;
  const contexts: Contexts = {
    github: githubContext(world.github, facts, '', payload),
    inputs,
    vars: world.variables,
    secrets,
    env: {},
  };
  const leave = await enterGroup(world.groups, file.workflow.concurrency, contexts, request.cancel);
  if (leave === undefined) return { conclusion: 'cancelled', jobs: [] };
  const jobs: JobRecord[] = [];
  try {
    const { result } = await runJobs({
      ...{ world, file, facts, event, eventPath, payload, contexts, secrets, folder, signal },
      cancel: request.cancel,
      ...{ fork: eventContext.fork, headSha: eventContext.headSha, allowed: undefined, prefix: '', depth: 1 },
      onRecord: (record) => jobs.push(record),
    });
    return { conclusion: signal.aborted ? 'cancelled' : result, jobs };
  } finally {
    leave();
  }
}
