import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { LocalGithub, LocalGithubEvent } from '@sagemaker-gitops/local-github';
import { createArtifactStore } from './stand-ins/artifacts.ts';
import { createConcurrencyGroups } from './run/concurrency.ts';
import { readEventContext, readWorkflowsAt } from './run/event-context.ts';
import type { FaultOfStep } from './job/faults.ts';
import type { Outcome } from './job/job.ts';
import { createStandIns } from './stand-ins/index.ts';
import type { AssumeRole } from './stand-ins/aws-credentials.ts';
import type { MachineTools } from './stand-ins/machine.ts';
import { isStartedBy } from './syntax/triggers.ts';
import type { Approve, JobOutcome, JobRecord } from './run/scope.ts';
import { runWorkflow } from './run/workflow-run.ts';
import type { WorkflowFile } from './syntax/workflow-file.ts';

export type { FaultOfStep, StepFault, StepPlace } from './job/faults.ts';
export type { Approve, JobRecord } from './run/scope.ts';
export { NEVER_FAILED } from './run/job-group.ts';
export type { AssumeRole } from './stand-ins/aws-credentials.ts';
export { writeStandInCommands, type StandInCommand, type StandInCommands } from './stand-ins/commands.ts';
export { isMet, type ContextValue } from './syntax/expressions.ts';
export { parseUses, THIRD_PARTY_ACTIONS } from './syntax/third-party-actions.ts';
export { parseWorkflowFile, readWorkflows, type WorkflowFile } from './syntax/workflow-file.ts';
export type { Job, Step, Workflow } from './syntax/workflow-model.ts';

/** A workflow run, or a later attempt of one. */
export interface RunRecord {
  readonly id: number;
  readonly attempt: number;
  /** The workflow's path, such as `.github/workflows/deploy.yml`. */
  readonly workflow: string;
  readonly event: LocalGithubEvent;
  status: 'in_progress' | 'completed';
  conclusion: Outcome | null;
  jobs: readonly JobRecord[];
  /** Why it could not start, such as an invalid workflow file. */
  error?: string;
}

export interface RunnerOptions {
  readonly github: LocalGithub;
  /** Parent of the runs' folders, which contain the logs of their jobs. */
  readonly folder: string;
  /** Parent of the jobs' workspaces and temporary folders, which last as long as the job; default: in `folder`. */
  readonly machines?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Secrets of environments, by the environment's name. */
  readonly environmentSecrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Replaces STS; without it no job gets a role. */
  readonly assumeRole?: AssumeRole;
  /** Tools that setup actions provide; default: those on the PATH. */
  readonly tools?: MachineTools;
  /** The protection rules of environments; default: every job is approved. */
  readonly approve?: Approve;
  readonly onLine?: (line: string, job: string) => void;
  /** The fault to inject into a step; default: none. */
  readonly faultOf?: FaultOfStep;
  /** Changes a workflow file before its run, called workflows too, as a commit could. */
  readonly adjust?: (file: WorkflowFile) => WorkflowFile;
  /** Length of a minute of time limits; default 60000. */
  readonly minuteMilliseconds?: number;
}

/** A run as it was started, and how its newest attempt ended. */
interface StartedRun {
  readonly event: LocalGithubEvent;
  readonly file?: WorkflowFile;
  readonly eventContext?: Awaited<ReturnType<typeof readEventContext>>;
  readonly outcomes?: ReadonlyMap<string, JobOutcome>;
}

/** Runs the workflows of a local GitHub's repository as its events start them. */
export interface LocalRunner {
  /** Every run so far, oldest first. */
  readonly runs: readonly RunRecord[];
  /** Starts the workflows of an event, such as a schedule. Events of the local GitHub are delivered without it. */
  deliver(event: LocalGithubEvent): Promise<readonly RunRecord[]>;
  /** Waits until no run is in progress, including runs that other runs started. */
  idle(): Promise<void>;
  /** Runs the newest attempt of a run again: all of its jobs, or those that failed and those that need them. */
  rerun(runId: number, jobs: 'all' | 'failed'): void;
  cancel(runId: number): void;
  /** Unsubscribes from events, cancels the runs, and waits for their end. */
  close(): Promise<void>;
}

/** Starts a runner. */
export async function startRunner(options: RunnerOptions): Promise<LocalRunner> {
  const { github, folder } = options;
  const machines = options.machines ?? path.join(folder, 'machines');
  for (const one of [folder, machines]) await mkdir(one, { recursive: true });
  const runs: RunRecord[] = [];
  /** What a later attempt of a run needs, by its id. */
  const started = new Map<number, StartedRun>();
  const cancellations = new Map<number, AbortController>();
  const inProgress = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const context = {
    github,
    folder,
    machines,
    artifacts: createArtifactStore(path.join(folder, 'artifacts')),
    groups: createConcurrencyGroups(),
    standIns: createStandIns(
      options.assumeRole ??
        (async (role) =>
          await Promise.reject(new Error(`The role ${role} cannot be assumed: the runner has no assumeRole`))),
      options.tools ?? {},
    ),
    secrets: options.secrets ?? {},
    environmentSecrets: options.environmentSecrets ?? {},
    variables: options.variables ?? {},
    environment: options.environment ?? {},
    approve: options.approve ?? (async () => await Promise.resolve(true)),
    onLine: options.onLine ?? (() => undefined),
    minuteMilliseconds: options.minuteMilliseconds ?? 60_000,
    faultOf: options.faultOf ?? (() => undefined),
    adjust: options.adjust ?? ((file: WorkflowFile) => file),
    closing: closing.signal,
  };

  // Deliver events in order: of two runs in one concurrency group the later one may cancel the other.
  let last: Promise<unknown> = Promise.resolve();
  const deliver = async (event: LocalGithubEvent): Promise<readonly RunRecord[]> => {
    const starts = last.then(async () => await start(event));
    last = starts.catch(() => undefined);
    return await starts;
  };

  const start = async (event: LocalGithubEvent): Promise<readonly RunRecord[]> => {
    if (/^0+$/.test(event.sha) || conflicts(event)) return [];
    const eventContext = await readEventContext(github, event);
    const files = await readWorkflowsAt(github, event.sha);
    const wanted = event.name === 'workflow_dispatch' ? event.payload['workflow'] : undefined;
    const begun: RunRecord[] = [];
    for (const file of files) {
      if (wanted !== undefined && file.path !== wanted) continue;
      if ('error' in file) {
        begun.push(record(event, file.path, file.error.message));
        continue;
      }
      if (!isStartedBy(file.workflow.on, eventContext.trigger)) continue;
      const run = record(event, file.path);
      begun.push(run);
      track(runInContext(run, context.adjust(file), eventContext));
    }
    return begun;
  };

  const record = (event: LocalGithubEvent, workflow: string, error?: string): RunRecord => {
    const run: RunRecord = {
      id: 1000 + started.size,
      attempt: 1,
      workflow,
      event,
      status: error === undefined ? 'in_progress' : 'completed',
      conclusion: error === undefined ? null : 'failure',
      jobs: [],
      ...(error === undefined ? {} : { error }),
    };
    runs.push(run);
    started.set(run.id, { event });
    return run;
  };

  const runInContext = async (
    run: RunRecord,
    file: WorkflowFile,
    eventContext: Awaited<ReturnType<typeof readEventContext>>,
    earlier: ReadonlyMap<string, JobOutcome> = new Map(),
  ): Promise<void> => {
    const { event } = run;
    const now = (): string => new Date().toISOString();
    const shown = {
      id: run.id,
      name: file.workflow.name ?? file.path,
      path: file.path,
      event: event.name,
      headSha: eventContext.headSha,
      headBranch: eventContext.headRef === '' ? event.ref.replace(/^refs\/heads\//, '') : eventContext.headRef,
      actor: event.actor,
      ...(eventContext.fork ? { headRepository: `${event.actor.login}/${github.state.repo}` } : {}),
      attempt: run.attempt,
      createdAt: github.state.workflowRuns.find(({ id }) => id === run.id)?.createdAt ?? now(),
      updatedAt: now(),
      status: 'in_progress' as 'in_progress' | 'completed',
      conclusion: null as Outcome | null,
    };
    const known = github.state.workflowRuns.findIndex(({ id }) => id === run.id);
    if (known === -1) github.state.workflowRuns.push(shown);
    else github.state.workflowRuns.splice(known, 1, shown);
    const cancellation = new AbortController();
    cancellations.set(run.id, cancellation);
    try {
      const { conclusion, jobs, outcomes } = await runWorkflow(context, {
        ...{ runId: run.id, attempt: run.attempt, earlier },
        file,
        event,
        eventContext,
        signal: cancellation.signal,
        cancel: () => cancellation.abort(new Error('cancelled')),
      });
      Object.assign(run, { conclusion, jobs });
      started.set(run.id, { event, file, eventContext, outcomes });
      Object.assign(shown, { jobs: jobs.map(({ name, result, steps }) => ({ name, conclusion: result, steps })) });
    } catch (error) {
      Object.assign(run, { conclusion: 'failure', error: error instanceof Error ? error.message : String(error) });
    } finally {
      run.status = 'completed';
      cancellations.delete(run.id);
      Object.assign(shown, { status: 'completed', conclusion: run.conclusion, updatedAt: now() });
    }
  };

  const rerun = (runId: number, which: 'all' | 'failed'): void => {
    const found = started.get(runId);
    const last = runs.findLast(({ id }) => id === runId);
    if (found?.file === undefined || found.eventContext === undefined || last?.status !== 'completed')
      throw new Error(`the run ${runId} has not ended, or was never started`);
    const succeeded = [...(found.outcomes ?? [])].filter(([, { result }]) => result === 'success');
    const kept =
      which === 'all' ? [] : succeeded.map(([place, outcome]) => [place, { ...outcome, isKept: true }] as const);
    const run: RunRecord = { ...last, attempt: last.attempt + 1, status: 'in_progress', conclusion: null, jobs: [] };
    runs.push(run);
    track(runInContext(run, found.file, found.eventContext, new Map(kept)));
  };

  const track = (work: Promise<unknown>): void => {
    inProgress.add(work);
    void work.finally(() => inProgress.delete(work)).catch(() => undefined);
  };

  const idle = async (): Promise<void> => {
    while (inProgress.size > 0) await Promise.allSettled([...inProgress]);
  };

  const stop = github.onEvent((event) => {
    // Events by a job's token start no workflow, except dispatches:
    // https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow
    if (event.actor.startsWorkflows || event.name === 'workflow_dispatch' || event.name === 'repository_dispatch') {
      track(deliver(event));
    }
  });
  return {
    runs,
    deliver,
    idle,
    rerun,
    cancel: (runId) => cancellations.get(runId)?.abort(new Error('cancelled')),
    close: async () => {
      stop();
      for (const cancellation of cancellations.values()) cancellation.abort(new Error('the runner closes'));
      closing.abort(new Error('the runner closes'));
      await idle();
    },
  };
}

// Pull request workflows run on the merge commit, which a conflict prevents:
// https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
function conflicts({ name, payload }: LocalGithubEvent): boolean {
  const pull = payload['pull_request'];
  return (
    name === 'pull_request' && typeof pull === 'object' && pull !== null && Reflect.get(pull, 'mergeable') === false
  );
}
