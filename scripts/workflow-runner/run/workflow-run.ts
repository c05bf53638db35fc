import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocalGithubEvent } from '@sagemaker-gitops/local-github';
import type { EventContext } from './event-context.ts';
import type { Contexts, ContextValue } from '../syntax/expressions.ts';
import { enterGroup } from './job-group.ts';
import { githubContext, type RunFacts } from './job-environment.ts';
import { runJobs } from './job-graph.ts';
import type { Outcome } from '../job/job.ts';
import type { JobOutcome, JobRecord, RunnerContext } from './scope.ts';
import type { WorkflowFile } from '../syntax/workflow-file.ts';
import { readInputs } from '../syntax/workflow-inputs.ts';

/** A run to start. */
export interface RunRequest {
  readonly runId: number;
  readonly attempt: number;
  /** The outcomes of the attempt before that are kept. */
  readonly earlier: ReadonlyMap<string, JobOutcome>;
  readonly file: WorkflowFile;
  readonly event: LocalGithubEvent;
  readonly eventContext: EventContext;
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** How a run ended. */
export interface RunOutcome {
  readonly conclusion: Outcome;
  readonly jobs: readonly JobRecord[];
  /** By the jobs' places in the run. */
  readonly outcomes: ReadonlyMap<string, JobOutcome>;
}

/** Runs a workflow: its jobs by their needs, in their concurrency groups and environments. */
export async function runWorkflow(runner: RunnerContext, request: RunRequest): Promise<RunOutcome> {
  const { file, event, eventContext, runId, attempt, signal } = request;
  const facts: RunFacts = {
    ...{ runId, attempt },
    workflowName: file.workflow.name ?? file.path,
    workflowPath: file.path,
    eventName: event.name,
    ref: event.ref,
    sha: event.sha,
    headRef: eventContext.headRef,
    baseRef: eventContext.baseRef,
    actor: event.actor.login,
  };
  const folder = path.join(runner.folder, attempt === 1 ? `run-${runId}` : `run-${runId}-attempt-${attempt}`);
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
  // An unknown secret is empty, as on GitHub.
  const secrets = eventContext.fork ? {} : runner.secrets;
  const contexts: Contexts = {
    github: githubContext(runner.github, facts, '', payload),
    inputs,
    vars: runner.variables,
    secrets,
    env: {},
  };
  // Before anything else that waits: runs enter in the order of their events.
  const leave = await enterGroup(runner.groups, file.workflow.concurrency, contexts, request.cancel);
  const outcomes = new Map<string, JobOutcome>();
  if (leave === undefined) return { conclusion: 'cancelled', jobs: [], outcomes };
  const jobs: JobRecord[] = [];
  try {
    const eventPath = path.join(folder, 'event.json');
    await mkdir(folder, { recursive: true });
    await writeFile(eventPath, JSON.stringify(payload));
    const { result } = await runJobs({
      ...{ runner, file, facts, event, eventPath, payload, contexts, secrets, folder, signal },
      cancel: request.cancel,
      ...{ outcomes, earlier: request.earlier, place: '' },
      ...{ fork: eventContext.fork, headSha: eventContext.headSha, allowed: undefined, prefix: '', depth: 1 },
      hasAllSecrets: true,
      onRecord: (record) => jobs.push(record),
    });
    return { conclusion: signal.aborted ? 'cancelled' : result, jobs, outcomes };
  } finally {
    leave();
  }
}
