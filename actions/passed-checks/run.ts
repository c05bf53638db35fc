import type { PassedJob, WorkflowJobs } from '../lib/ports/workflow-jobs.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { PassedChecksInputs } from './inputs.ts';

export interface PassedChecksPorts {
  readonly workflows: WorkflowJobs;
  readonly reporter: Reporter;
}

/**
 * The newest run that passed all the jobs for the comparison; undefined where none did.
 *
 * @throws UserError when GitHub does not list the runs.
 */
export async function runPassedChecks(
  inputs: PassedChecksInputs,
  { workflows, reporter }: PassedChecksPorts,
): Promise<number | undefined> {
  const wanted = `${inputs.jobs.join(', ')} for "${inputs.comparison}"`;
  for (const run of await workflows.pullRequestRuns(inputs.workflow, inputs['head-sha'])) {
    if (!hasPassed(await workflows.passedJobs(run), inputs)) continue;
    reporter.info(`Run ${String(run)} has passed ${wanted}`);
    return run;
  }
  reporter.info(`No earlier run has passed ${wanted}`);
  return undefined;
}

/** Whether these jobs of one run are all that is wanted. */
function hasPassed(
  passed: readonly PassedJob[],
  { jobs, comparison }: Pick<PassedChecksInputs, 'jobs' | 'comparison'>,
): boolean {
  return (
    jobs.every((name) => passed.some((job) => job.name === name)) &&
    passed.some(({ passedSteps }) => passedSteps.includes(comparison))
  );
}
