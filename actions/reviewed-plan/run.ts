import { posix } from 'node:path';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { pullRequestOf, reviewedRun } from '../lib/domain/plan/reviewed-run.ts';
import { environmentFolder } from '../lib/domain/environment/base-files.ts';
import type { PlanReviews } from '../lib/ports/plan-reviews.ts';
import type { PlanSources } from '../lib/ports/plan-sources.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { ReviewedPlanInputs } from './inputs.ts';

/** What was reviewed for a commit; `missing` says what could not be found. */
export type ReviewedPlan =
  | {
      readonly kind: 'found';
      readonly pullRequest: number | undefined;
      readonly headSha: string;
      readonly runId: number;
    }
  | { readonly kind: 'missing'; readonly pullRequest: number | undefined; readonly reason: string };

export interface ReviewedPlanPorts {
  readonly reviews: PlanReviews;
  readonly sources: PlanSources;
  readonly reporter: Reporter;
}

/**
 * Finds the pull request that brought a commit, and the run that planned for its head.
 *
 * @throws UserError when the branch by now has something else of what the environment's plan is made from: a run that waited for long, or is run
 *   again, must not bring back what a later one has replaced.
 */
export async function runReviewedPlan(inputs: ReviewedPlanInputs, ports: ReviewedPlanPorts): Promise<ReviewedPlan> {
  const { sha, workflow } = inputs;
  const { reviews, reporter } = ports;
  await checkNotOvertaken(inputs, ports);
  const result = await find(sha, workflow, reviews);
  reporter.info(
    result.kind === 'found'
      ? `${sha} was reviewed as ${result.headSha}${result.pullRequest === undefined ? '' : ` in pull request ${String(result.pullRequest)}`}, planned by run ${String(result.runId)}`
      : result.reason,
  );
  return result;
}

async function checkNotOvertaken(
  { environment, branch, sha }: ReviewedPlanInputs,
  { reviews, sources }: ReviewedPlanPorts,
): Promise<void> {
  const own = environmentFolder(environment);
  for (const source of new Set([own, ...(await sources.sourcesOf(environment))])) {
    const [parent, name] = [posix.dirname(source), posix.basename(source)];
    const [here, there] = await Promise.all([reviews.folder(parent, sha), reviews.folder(parent, branch)]);
    // A token that may not read a private repository is shown nothing, here as there.
    if (source === own && !here.has(name)) throw unreadable(own, sha);
    if (here.get(name) === there.get(name)) continue;
    throw new UserError({
      what: `Nothing is changed: ${sha} is no longer what ${branch} says about ${environment}`,
      where: source,
      expected: `the same on ${branch} as in the commit that this run is for`,
      found: 'something else there by now',
      remedy: `Let the run of the later commit go on, or start Deploy for ${environment} by hand. An older release comes back by Rollback.`,
    });
  }
}

function unreadable(folder: string, sha: string): UserError {
  return new UserError({
    what: `GitHub shows no ${folder} at ${sha}`,
    where: folder,
    expected: 'a folder',
    remedy: 'Check the name of the environment, and that the job has "contents: read".',
  });
}

async function find(sha: string, workflow: string, reviews: PlanReviews): Promise<ReviewedPlan> {
  // A merge queue plans for the very commit that ends up on the branch.
  const queued = reviewedRun(sha, await reviews.runsOf(workflow, sha));
  if (queued !== undefined) return { kind: 'found', pullRequest: undefined, headSha: sha, runId: queued.id };
  const pullRequest = pullRequestOf(sha, await reviews.pullRequestsOf(sha));
  if (pullRequest === undefined) {
    return {
      kind: 'missing',
      pullRequest: undefined,
      reason: `No merged pull request brought ${sha}: nobody reviewed a plan`,
    };
  }
  const { number, headSha } = pullRequest;
  const run = reviewedRun(headSha, await reviews.runsOf(workflow, headSha));
  if (run !== undefined) return { kind: 'found', pullRequest: number, headSha, runId: run.id };
  const reason = `Pull request ${String(number)} has no run of ${workflow} that ended well for its head ${headSha}`;
  return { kind: 'missing', pullRequest: number, reason };
}
