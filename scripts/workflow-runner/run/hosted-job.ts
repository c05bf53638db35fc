import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { forceAfter } from '../job/cancellation.ts';
import { createMachine } from '../job/faults.ts';
import { interpolate, type Contexts } from '../syntax/expressions.ts';
import { enterGroup, NEVER_FAILED } from './job-group.ts';
import { githubContext, githubEnvironment, inheritedEnvironment } from './job-environment.ts';
import { oidcEnvironment, tokenPermissions } from './job-token.ts';
import { runJob, type Outcome } from '../job/job.ts';
import { openJobLog, type Annotation, type JobLog } from '../job/log.ts';
import { readMinutes } from '../job/step.ts';
import { isSelected } from '../syntax/triggers.ts';
import type { Combination, JobRecord, WorkflowScope } from './scope.ts';

/** Runs a job on this machine: in its concurrency group, after its environment's approval, with its own token. */
export async function runHostedJob(scope: WorkflowScope, combination: Combination): Promise<JobRecord> {
  const { runner, facts } = scope;
  const { id, job, contexts, index } = combination;
  const name = `${scope.prefix}${interpolate(job.name ?? id, contexts, NEVER_FAILED)}`;
  const folder = path.join(scope.folder, `${id}-${index}`);
  await mkdir(folder, { recursive: true });
  const logFile = path.join(folder, 'log.txt');
  const log = openJobLog(logFile, (line) => runner.onLine(line, `${facts.workflowName} / ${name}`));
  const ended = (result: Outcome, annotations: readonly Annotation[] = []): JobRecord => ({
    ...{ id, name, logFile, result, annotations, outputs: {}, steps: [], summary: '' },
  });
  const details = `${runner.github.serverUrl}/${runner.github.state.owner}/${runner.github.state.repo}/actions/runs/${facts.runId}`;
  const check = runner.github.startCheck(name, scope.headSha, details);
  const finish = (record: JobRecord): JobRecord => {
    scope.onRecord(record);
    check.finish(record.result);
    return record;
  };
  try {
    return finish(await carryOut(scope, combination, { name, log, logFile, ended }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.write(`error: ${message}`);
    return finish(ended('failure', [{ level: 'error', message }]));
  } finally {
    await log.close();
  }
}

interface JobFiles {
  readonly name: string;
  readonly log: JobLog;
  readonly logFile: string;
  readonly ended: (result: Outcome, annotations?: readonly Annotation[]) => JobRecord;
}

async function carryOut(scope: WorkflowScope, combination: Combination, files: JobFiles): Promise<JobRecord> {
  const { runner, facts, fork } = scope;
  const { job, contexts } = combination;
  const { log, logFile, name, ended } = files;
  if (job['runs-on'] !== 'ubuntu-latest')
    throw new Error(`runs-on ${job['runs-on'] ?? '(none)'} is not supported: use ubuntu-latest`);
  const environment =
    job.environment === undefined ? undefined : interpolate(job.environment.name, contexts, NEVER_FAILED);
  if (job.environment?.deployment === true)
    throw new Error('deployments of environments are not supported: set deployment: false');
  const minutes = readMinutes(job['timeout-minutes'] ?? 360, contexts, NEVER_FAILED);
  const replaced = new AbortController();
  const leaveGroup = await enterGroup(runner.groups, job.concurrency, contexts, () =>
    replaced.abort(new Error('replaced by a newer one in its concurrency group')),
  );
  if (leaveGroup === undefined || combination.signal.aborted) {
    leaveGroup?.();
    return ended('cancelled');
  }
  if (environment !== undefined && !mayUse(runner.github.environmentOf(environment).branches, facts.ref)) {
    leaveGroup();
    const message = `${facts.ref} is not allowed to deploy to ${environment} due to environment protection rules.`;
    log.write(message);
    return ended('failure', [{ level: 'error', message }]);
  }
  // As on GitHub, a job that waits for its approval holds its concurrency group.
  if (environment !== undefined && !(await runner.approve(environment, facts.runId, name))) {
    leaveGroup();
    log.write(`the deployment to ${environment} was rejected`);
    return ended('failure', [{ level: 'error', message: `The deployment to ${environment} was rejected.` }]);
  }
  const permissions = job.permissions ?? scope.file.workflow.permissions ?? scope.allowed;
  const token = runner.github.token(tokenPermissions(permissions, fork));
  const folder = await mkdtemp(path.join(runner.machines, 'machine-'));
  const limit = AbortSignal.timeout(minutes * runner.minuteMilliseconds);
  const signal = AbortSignal.any([combination.signal, replaced.signal, limit]);
  try {
    const secrets = { ...scope.secrets, ...secretsOf(scope, environment) };
    for (const secret of [token, ...Object.values(secrets)]) log.mask(secret);
    const { id } = combination;
    const result = await runJob({
      job,
      defaults: { ...scope.file.workflow.defaults?.run, ...job.defaults?.run },
      contexts: { ...jobContexts(scope, combination, folder, token), secrets },
      environment: {
        ...inheritedEnvironment(process.env),
        ...githubEnvironment(runner.github, facts, { id, folder, eventPath: scope.eventPath }),
        ...oidcEnvironment(runner.github, facts, { permissions, environment, fork, calledPath: scope.file.path }),
        ...runner.environment,
        ...variablesOf(scope, combination),
      },
      folder,
      log,
      signal,
      forced: forceAfter(signal, runner),
      minuteMilliseconds: runner.minuteMilliseconds,
      machine: createMachine(),
      faultOf: (number) =>
        runner.faultOf({ runId: facts.runId, workflow: scope.file.path, job: id, jobName: name, number }),
      cancelRun: scope.cancel,
      standIns: runner.standIns,
      standInContext: {
        github: runner.github,
        artifacts: runner.artifacts,
        runId: String(facts.runId),
        ref: scope.event.ref,
        sha: scope.event.sha,
        permissions: permissions ?? {},
      },
    });
    const message = `The job has exceeded the maximum execution time of ${minutes} minutes.`;
    const annotations = limit.aborted
      ? [...result.annotations, { level: 'error' as const, message }]
      : result.annotations;
    return { id, name, logFile, ...result, annotations };
  } finally {
    runner.github.revoke(token);
    // GitHub discards the machine.
    await rm(folder, { recursive: true, force: true });
    leaveGroup();
  }
}

/**
 * Secrets of the job's environment. A called workflow reads those alone whose names its caller passes:
 * https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows
 */
function secretsOf(
  { runner, secrets, hasAllSecrets, fork }: WorkflowScope,
  environment: string | undefined,
): Readonly<Record<string, string>> {
  if (fork || environment === undefined) return {};
  const own = Object.entries(runner.environmentSecrets[environment] ?? {});
  return Object.fromEntries(own.filter(([name]) => hasAllSecrets || Object.hasOwn(secrets, name)));
}

/** Whether jobs of a ref may use an environment, by its deployment branches. */
function mayUse(branches: 'any' | 'protected' | readonly string[], ref: string): boolean {
  if (typeof branches !== 'string') return ref.startsWith('refs/heads/') && isSelected(branches, ref.slice(11));
  if (branches === 'any') return true;
  throw new Error('environments for protected branches are not supported: list the branches');
}

function jobContexts(scope: WorkflowScope, combination: Combination, folder: string, token: string): Contexts {
  const { runner, facts, payload, eventPath } = scope;
  return {
    ...combination.contexts,
    github: {
      ...githubContext(runner.github, facts, token, payload),
      job: combination.id,
      workspace: path.join(folder, 'workspace'),
      event_path: eventPath,
    },
    env: variablesOf(scope, combination),
    runner: { os: 'Linux', arch: process.arch.toUpperCase(), temp: path.join(folder, 'temp'), name: 'local' },
  };
}

/** `env` of the workflow and of the job. */
function variablesOf(scope: WorkflowScope, { job, contexts }: Combination): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...Object.entries(scope.file.workflow.env), ...Object.entries(job.env)].map(([name, value]) => [
      name,
      interpolate(String(value), contexts, NEVER_FAILED),
    ]),
  );
}
