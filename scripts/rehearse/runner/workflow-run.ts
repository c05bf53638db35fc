import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocalGithub, LocalGithubEvent } from '../local-github/index.ts';
import type { ArtifactStore } from './artifacts.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import { dispatchInputs } from './dispatch-inputs.ts';
import type { EventContext } from './event-context.ts';
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
import { githubContext, githubEnvironment, inheritedEnvironment, type RunFacts } from './job-environment.ts';
import { oidcEnvironment, tokenPermissions } from './job-token.ts';
import { runJob, type JobResult, type Outcome } from './job.ts';
import { openJobLog, type Annotation } from './log.ts';
import { expandMatrix } from './matrix.ts';
import type { StandIn } from './stand-ins/stand-in.ts';
import type { WorkflowFile } from './workflow-file.ts';
import type { Concurrency, Job } from './workflow-model.ts';

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
  /** Asked before a job of an environment starts; its rules decide. */
  readonly approve: (environment: string, runId: number) => Promise<boolean>;
  readonly onLine: (line: string, job: string) => void;
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

interface JobState {
  readonly result: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
}

const NEVER_FAILED: Status = { success: true, failure: false, cancelled: false };

/** Carries out a run: its jobs as their needs allow, in their concurrency groups and environments. */
export async function runWorkflow(
  world: RunWorld,
  request: RunRequest,
): Promise<{ readonly conclusion: Outcome; readonly jobs: readonly JobRecord[] }> {
  const { file, event, eventContext, runId, signal } = request;
  const { workflow } = file;
  const facts: RunFacts = {
    runId,
    workflowName: workflow.name ?? file.path,
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
  const inputs =
    event.name === 'workflow_dispatch'
      ? dispatchInputs(workflow.on, typeof given === 'object' && given !== null ? { ...given } : {})
      : {};
  const payload = {
    ...event.payload,
    ...(event.name === 'workflow_dispatch' ? { inputs } : {}),
    ...(event.action === undefined ? {} : { action: event.action }),
  };
  const eventPath = path.join(folder, 'event.json');
  await writeFile(eventPath, JSON.stringify(payload));
  const base: Contexts = {
    github: githubContext(world.github, facts, '', payload),
    inputs,
    vars: world.variables,
    // Read where an expression names them; an unknown one is empty, as on GitHub.
    secrets: eventContext.fork ? {} : world.secrets,
    env: {},
  };
  const leave = await enter(world.groups, workflow.concurrency, base, request.cancel);
  if (leave === undefined) return { conclusion: 'cancelled', jobs: [] };
  const records: JobRecord[] = [];
  const states = new Map<string, Promise<JobState>>();
  const stateOf = async (id: string): Promise<JobState> => {
    const job = workflow.jobs[id];
    if (job === undefined) throw new Error(`${file.path} has no job ${id}`);
    const known = states.get(id) ?? carryOutJob(id, job);
    states.set(id, known);
    return await known;
  };
  const carryOutJob = async (id: string, job: Job): Promise<JobState> => {
    const needs: Record<string, JobState> = {};
    for (const need of job.needs) needs[need] = await stateOf(need);
    const results = Object.values(needs).map(({ result }) => result);
    const status: Status = {
      cancelled: signal.aborted,
      failure: results.includes('failure'),
      success: !signal.aborted && results.every((result) => result === 'success'),
    };
    const contexts: Contexts = { ...base, needs: toContext(needs) };
    if (!isMet(job.if, contexts, status)) return { result: 'skipped', outputs: {} };
    if (job.uses !== undefined)
      throw new Error(`the local runner has no reusable workflows yet: ${file.path}, job ${id}`);
    const combinations = combinationsOf(job, contexts);
    const all: JobResult[] = [];
    const failFast =
      job.strategy !== undefined &&
      isTruthy(evaluateTemplate(String(job.strategy['fail-fast']), contexts, status)) &&
      String(job.strategy['fail-fast']) !== 'false';
    const stop = new AbortController();
    const queue = [...combinations.entries()];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, matrix] = next;
        const scope: Contexts = {
          ...contexts,
          matrix,
          strategy: { 'job-index': index, 'job-total': combinations.length },
        };
        const record = await runOne(id, job, scope, index, AbortSignal.any([signal, stop.signal]));
        records.push(record);
        all.push(record);
        if (failFast && record.result === 'failure') {
          stop.abort(new Error('another job of the matrix failed'));
          queue.length = 0;
        }
      }
    };
    const width = Math.min(job.strategy?.['max-parallel'] ?? combinations.length, combinations.length);
    await Promise.all(Array.from({ length: width }, worker));
    return {
      result: worst(all.map(({ result }) => result)),
      outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)) as Record<string, string>,
    };
  };
  const runOne = async (
    id: string,
    job: Job,
    contexts: Contexts,
    index: number,
    outer: AbortSignal,
  ): Promise<JobRecord> => {
    const name = interpolate(job.name ?? id, contexts, NEVER_FAILED);
    const jobFolder = path.join(folder, `${id}-${index}`);
    await mkdir(jobFolder, { recursive: true });
    const logFile = path.join(jobFolder, 'log.txt');
    const cancellation = new AbortController();
    const log = openJobLog(logFile, (line) => world.onLine(line, `${facts.workflowName} / ${name}`));
    const ended = (result: Outcome, annotations: readonly Annotation[] = []): JobRecord => ({
      ...{ id, name, logFile, result, annotations, outputs: {}, steps: [], summary: '' },
    });
    try {
      if (job['runs-on'] !== 'ubuntu-latest')
        throw new Error(`the local runner has no machine ${job['runs-on'] ?? '(none)'}: ubuntu-latest alone`);
      const environment =
        job.environment === undefined ? undefined : interpolate(job.environment.name, contexts, NEVER_FAILED);
      if (job.environment?.deployment === true)
        throw new Error('the local runner records no deployment of an environment: deployment: false');
      if (environment !== undefined && !(await world.approve(environment, runId))) {
        log.write(`the deployment to ${environment} was rejected`);
        return ended('failure', [{ level: 'error', message: `The deployment to ${environment} was rejected.` }]);
      }
      const leaveGroup = await enter(world.groups, job.concurrency, contexts, () =>
        cancellation.abort(new Error('a newer one took its place')),
      );
      if (leaveGroup === undefined || outer.aborted) {
        leaveGroup?.();
        return ended('cancelled');
      }
      const permissions = job.permissions ?? workflow.permissions;
      const token = world.github.token(tokenPermissions(permissions, eventContext.fork));
      try {
        for (const secret of [token, ...Object.values(eventContext.fork ? {} : world.secrets)]) log.mask(secret);
        const minutes = Number(evaluateTemplate(String(job['timeout-minutes'] ?? 360), contexts, NEVER_FAILED));
        const env = { ...world.environment, ...textual(workflow.env, contexts), ...textual(job.env, contexts) };
        const result = await runJob({
          job,
          contexts: {
            ...contexts,
            github: {
              ...githubContext(world.github, facts, token, payload),
              job: id,
              workspace: path.join(jobFolder, 'workspace'),
              event_path: eventPath,
            },
            env: { ...textual(workflow.env, contexts), ...textual(job.env, contexts) },
            runner: {
              os: 'Linux',
              arch: process.arch.toUpperCase(),
              temp: path.join(jobFolder, 'temp'),
              name: 'local',
            },
          },
          environment: {
            ...inheritedEnvironment(process.env),
            ...githubEnvironment(world.github, facts, { id, folder: jobFolder, eventPath }),
            ...oidcEnvironment(world.github, facts, { permissions, environment, fork: eventContext.fork }),
            ...env,
          },
          folder: jobFolder,
          log,
          signal: AbortSignal.any([outer, cancellation.signal, AbortSignal.timeout(minutes * 60_000)]),
          standIns: world.standIns,
          standInContext: {
            github: world.github,
            artifacts: world.artifacts,
            runId: String(runId),
            ref: event.ref,
            sha: event.sha,
          },
        });
        return { id, name, logFile, ...result };
      } finally {
        world.github.revoke(token);
        leaveGroup();
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.write(`error: ${message}`);
      return ended('failure', [{ level: 'error', message }]);
    } finally {
      await log.close();
    }
  };
  try {
    const results = await Promise.all(Object.keys(workflow.jobs).map(async (id) => (await stateOf(id)).result));
    return { conclusion: signal.aborted ? 'cancelled' : worst(results), jobs: records };
  } finally {
    leave();
  }
}

async function enter(
  groups: ConcurrencyGroups,
  concurrency: Concurrency | undefined,
  contexts: Contexts,
  cancel: () => void,
): Promise<(() => void) | undefined> {
  if (concurrency === undefined) return () => undefined;
  const cancelInProgress = evaluateTemplate(String(concurrency['cancel-in-progress']), contexts, NEVER_FAILED);
  return await groups.enter({
    group: interpolate(concurrency.group, contexts, NEVER_FAILED),
    cancelInProgress: toText(cancelInProgress) === 'true',
    queue: concurrency.queue,
    cancel,
  });
}

function combinationsOf(job: Job, contexts: Contexts): readonly Readonly<Record<string, ContextValue>>[] {
  if (job.strategy === undefined) return [{}];
  const { matrix } = job.strategy;
  const value =
    typeof matrix === 'string'
      ? evaluateTemplate(matrix, contexts, NEVER_FAILED)
      : Object.fromEntries(
          Object.entries(matrix).map(([name, axis]) => [
            name,
            typeof axis === 'string' ? evaluateTemplate(axis, contexts, NEVER_FAILED) : (axis as ContextValue),
          ]),
        );
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`the matrix is no object: ${JSON.stringify(value)}`);
  const combinations = expandMatrix(value as Readonly<Record<string, ContextValue>>);
  // https://docs.github.com/en/actions/reference/limits
  if (combinations.length > 256)
    throw new Error(`a matrix makes at most 256 jobs, and this one ${combinations.length}`);
  if (combinations.length === 0) throw new Error('the matrix has no combination: the job should have been skipped');
  return combinations;
}

function textual(env: Readonly<Record<string, string | number | boolean>>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, interpolate(String(value), contexts, NEVER_FAILED)]),
  );
}

function toContext(needs: Readonly<Record<string, JobState>>): ContextValue {
  return Object.fromEntries(Object.entries(needs).map(([id, { result, outputs }]) => [id, { result, outputs }]));
}

function worst(results: readonly Outcome[]): Outcome {
  for (const result of ['failure', 'cancelled'] as const) if (results.includes(result)) return result;
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
