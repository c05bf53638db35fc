import path from 'node:path';
import { interpolate, evaluateTemplate, type Contexts, type ContextValue } from '../syntax/expressions.ts';
import { enterGroup, NEVER_FAILED } from './job-group.ts';
import type { Outcome } from '../job/job.ts';
import { parseWorkflowFile, type WorkflowFile } from '../syntax/workflow-file.ts';
import { readInputs } from '../syntax/workflow-inputs.ts';
import type { WorkflowPermissions } from '../syntax/workflow-model.ts';
import type { Combination, JobOutcome, WorkflowScope } from './scope.ts';

// https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
const DEEPEST = 10;

/** Runs the jobs of a workflow; passed as an argument, since jobs and workflows contain each other. */
type RunJobs = (scope: WorkflowScope) => Promise<JobOutcome & { readonly jobs: Readonly<Record<string, JobOutcome>> }>;

/**
 * Runs the workflow that a job calls, with the job's inputs and secrets, and at most the job's permissions. A workflow that
 * can't be called fails like a job, with the reason.
 */
export async function callWorkflow(
  scope: WorkflowScope,
  combination: Combination,
  uses: string,
  runJobs: RunJobs,
): Promise<JobOutcome> {
  const { id, job, contexts, index, signal } = combination;
  const name = `${scope.prefix}${interpolate(job.name ?? id, contexts, NEVER_FAILED)}`;
  const ended = (result: Outcome, message?: string): JobOutcome => {
    scope.onRecord({
      ...{ id, name, result, logFile: '', outputs: {}, steps: [], summary: '' },
      annotations: message === undefined ? [] : [{ level: 'error', message }],
    });
    return { result, outputs: {} };
  };
  let leave: (() => void) | undefined;
  try {
    const replaced = new AbortController();
    leave = await enterGroup(scope.runner.groups, job.concurrency, contexts, () =>
      replaced.abort(new Error('replaced by a newer one in its concurrency group')),
    );
    if (leave === undefined || signal.aborted) return ended('cancelled');
    const file = await readCalled(scope, uses);
    const called = await describeCall(scope, combination, file, name);
    const folder = path.join(scope.folder, `${id}-${index}`);
    const place = `${scope.place}/${id}-${index}`;
    const inner = { ...called, folder, place, signal: AbortSignal.any([signal, replaced.signal]) };
    const { result, jobs, isKept = false } = await runJobs(inner);
    const seen: Contexts = { ...called.contexts, jobs: toContext(jobs) };
    const outputs = Object.entries(file.workflow.on.workflow_call?.outputs ?? {});
    return {
      result,
      isKept,
      outputs: Object.fromEntries(outputs.map(([key, { value }]) => [key, interpolate(value, seen, NEVER_FAILED)])),
    };
  } catch (error) {
    return ended('failure', error instanceof Error ? error.message : String(error));
  } finally {
    leave?.();
  }
}

async function readCalled(scope: WorkflowScope, uses: string): Promise<WorkflowFile> {
  const file = /^\.\/(\.github\/workflows\/[^/@]+\.ya?ml)$/.exec(uses)?.[1];
  if (file === undefined) throw new Error(`workflows of other repositories are not supported: ${uses}`);
  if (scope.depth >= DEEPEST) throw new Error(`${uses} is nested deeper than ${DEEPEST} workflows`);
  const { adjust, github } = scope.runner;
  const { git } = github;
  const entry = (await git.entries(scope.event.sha, file)).find((candidate) => candidate.path === file);
  if (entry === undefined) throw new Error(`the workflow ${file} is not in the commit ${scope.event.sha}`);
  const called = adjust(await parseWorkflowFile(file, (await git.blob(entry.sha)).toString('utf8')));
  if (called.workflow.on.workflow_call === undefined)
    throw new Error(`${file} can't be called: on has no workflow_call`);
  return called;
}

async function describeCall(
  scope: WorkflowScope,
  { job, contexts }: Combination,
  file: WorkflowFile,
  name: string,
): Promise<WorkflowScope> {
  const declared = file.workflow.on.workflow_call;
  const given = Object.fromEntries(
    Object.entries(job.with).map(([key, value]) => [key, evaluateTemplate(String(value), contexts, NEVER_FAILED)]),
  );
  const inputs = readInputs(declared?.inputs ?? {}, given);
  const secrets = passSecrets(scope, job.secrets, declared?.secrets ?? {}, contexts);
  const allowed = job.permissions ?? scope.file.workflow.permissions ?? scope.allowed;
  refuseMore(file, allowed);
  const { github, vars } = scope.contexts;
  return await Promise.resolve({
    ...scope,
    file,
    contexts: { github: github ?? {}, vars: vars ?? {}, inputs, secrets, env: {} },
    secrets,
    hasAllSecrets: scope.hasAllSecrets && job.secrets === 'inherit',
    allowed,
    prefix: `${name} / `,
    depth: scope.depth + 1,
  });
}

function passSecrets(
  scope: WorkflowScope,
  stated: 'inherit' | Readonly<Record<string, string>> | undefined,
  declared: Readonly<Record<string, { readonly required: boolean }>>,
  contexts: Contexts,
): Readonly<Record<string, string>> {
  if (stated === 'inherit') return scope.secrets;
  const given = Object.fromEntries(
    Object.entries(stated ?? {}).map(([name, value]) => [name, interpolate(value, contexts, NEVER_FAILED)]),
  );
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw new Error(`the called workflow declares no secret ${unknown.join(', ')}`);
  const missing = Object.keys(declared).filter(
    (name) => declared[name]?.required === true && !Object.hasOwn(given, name),
  );
  if (missing.length > 0) throw new Error(`the called workflow needs the secret ${missing.join(', ')}`);
  return given;
}

const ORDER = ['none', 'read', 'write'] as const;

/** GitHub refuses a called workflow with more permissions than the calling job. */
function refuseMore({ path: file, workflow }: WorkflowFile, allowed: WorkflowPermissions | undefined): void {
  for (const [id, job] of Object.entries(workflow.jobs)) {
    for (const [scope, access] of Object.entries(job.permissions ?? workflow.permissions ?? {})) {
      const most = Object.entries(allowed ?? {}).find(([name]) => name === scope)?.[1] ?? 'none';
      if (ORDER.indexOf(access) <= ORDER.indexOf(most)) continue;
      throw new Error(
        `the job ${id} of ${file} is requesting '${scope}: ${access}', but is only allowed '${scope}: ${most}'`,
      );
    }
  }
}

function toContext(jobs: Readonly<Record<string, JobOutcome>>): ContextValue {
  return Object.fromEntries(Object.entries(jobs).map(([id, { result, outputs }]) => [id, { result, outputs }]));
}
