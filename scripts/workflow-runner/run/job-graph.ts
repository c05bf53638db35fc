import { callWorkflow } from './called-workflow.ts';
import { forceAfter } from '../job/cancellation.ts';
import { evaluateTemplate, isMet, type Contexts, type ContextValue, type Status } from '../syntax/expressions.ts';
import { runHostedJob } from './hosted-job.ts';
import { NEVER_FAILED } from './job-group.ts';
import type { Outcome } from '../job/job.ts';
import { expandMatrix } from '../syntax/matrix.ts';
import { isTrue } from '../job/step.ts';
import type { Job } from '../syntax/workflow-model.ts';
import type { Combination, JobOutcome, WorkflowScope } from './scope.ts';

const CANCELLED: Status = { success: false, failure: false, cancelled: true };

/** Runs the jobs of a workflow, each after the jobs that it needs. */
export async function runJobs(
  scope: WorkflowScope,
): Promise<JobOutcome & { readonly jobs: Readonly<Record<string, JobOutcome>> }> {
  const { file, signal } = scope;
  const { jobs } = file.workflow;
  const outcomes = new Map<string, Promise<JobOutcome>>();
  const outcomeOf = async (id: string): Promise<JobOutcome> => {
    const job = jobs[id];
    if (job === undefined) throw new Error(`${file.path} has no job ${id}`);
    const known = outcomes.get(id) ?? carryOutJob(id, job);
    outcomes.set(id, known);
    return await known;
  };
  const carryOutJob = async (id: string, job: Job): Promise<JobOutcome> => {
    const needs: Record<string, JobOutcome> = {};
    for (const need of job.needs) needs[need] = await outcomeOf(need);
    const results = Object.values(needs).map(({ result }) => result);
    const status: Status = {
      cancelled: signal.aborted,
      failure: results.includes('failure'),
      success: !signal.aborted && results.every((result) => result === 'success'),
    };
    const contexts: Contexts = { ...scope.contexts, needs: toContext(needs) };
    if (!isMet(job.if, contexts, status)) {
      // A skipped job has a check run too, which counts as passed.
      const { github } = scope.runner;
      github.startCheck(`${scope.prefix}${job.name ?? id}`, scope.headSha, github.serverUrl).finish('skipped');
      const isKept = Object.values(needs).every((need) => need.isKept === true);
      return { result: 'skipped', outputs: {}, isKept };
    }
    // A job that needs one that ran again runs again too.
    const mayKeep = Object.values(needs).every(({ isKept }) => isKept === true);
    const kept = mayKeep ? scope : { ...scope, earlier: new Map<string, JobOutcome>() };
    return await runCombinations(kept, id, job, contexts, status);
  };
  const ended: Record<string, JobOutcome> = {};
  await Promise.all(
    Object.keys(jobs).map(async (id) => {
      ended[id] = await outcomeOf(id);
    }),
  );
  const isKept = Object.values(ended).every((outcome) => outcome.isKept === true);
  return { result: worst(Object.values(ended).map(({ result }) => result)), outputs: {}, isKept, jobs: ended };
}

async function runCombinations(
  scope: WorkflowScope,
  id: string,
  job: Job,
  contexts: Contexts,
  status: Status,
): Promise<JobOutcome> {
  const combinations = combinationsOf(job, contexts);
  const failFast = job.strategy !== undefined && isTrue(job.strategy['fail-fast'], contexts, status);
  const stop = new AbortController();
  const outcomes: JobOutcome[] = [];
  const queue = [...combinations.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, matrix] = next;
      const strategy = { 'job-index': index, 'job-total': combinations.length };
      const own: Contexts = { ...contexts, matrix, strategy };
      const outer = AbortSignal.any([scope.signal, stop.signal]);
      // A job whose condition holds for a cancelled run is not cancelled with it:
      // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
      const runsWhenCancelled = job.if !== undefined && isMet(job.if, contexts, CANCELLED);
      const signal = runsWhenCancelled ? forceAfter(outer, scope.runner) : outer;
      const combination: Combination = { id, job, contexts: own, index, signal };
      const place = `${scope.place}/${id}-${index}`;
      const outcome: JobOutcome =
        job.uses === undefined
          ? (scope.earlier.get(place) ?? (await runHostedJob(scope, combination)))
          : await callWorkflow(scope, combination, job.uses, runJobs);
      if (job.uses === undefined) scope.outcomes.set(place, outcome);
      // The run continues as after a success, also for the jobs that need it.
      const tolerated = outcome.result === 'failure' && isTrue(job['continue-on-error'], own, status);
      outcomes.push(tolerated ? { ...outcome, result: 'success' } : outcome);
      if (failFast && outcome.result === 'failure' && !tolerated) {
        stop.abort(new Error('another job of the matrix failed'));
        queue.length = 0;
      }
    }
  };
  const width = Math.min(job.strategy?.['max-parallel'] ?? combinations.length, combinations.length);
  await Promise.all(Array.from({ length: width }, worker));
  return {
    result: worst(outcomes.map(({ result }) => result)),
    outputs: Object.assign({}, ...outcomes.map(({ outputs }) => outputs)) as Record<string, string>,
    isKept: outcomes.every((outcome) => outcome.isKept === true),
  };
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
    throw new Error(`the matrix must be an object, found ${JSON.stringify(value)}`);
  const combinations = expandMatrix(value as Readonly<Record<string, ContextValue>>);
  // https://docs.github.com/en/actions/reference/limits
  if (combinations.length > 256)
    throw new Error(`a matrix can have at most 256 combinations, found ${combinations.length}`);
  if (combinations.length === 0) throw new Error('the matrix has no combination: the job should have been skipped');
  return combinations;
}

function toContext(needs: Readonly<Record<string, JobOutcome>>): ContextValue {
  return Object.fromEntries(Object.entries(needs).map(([id, { result, outputs }]) => [id, { result, outputs }]));
}

function worst(results: readonly Outcome[]): Outcome {
  for (const result of ['failure', 'cancelled'] as const) if (results.includes(result)) return result;
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
