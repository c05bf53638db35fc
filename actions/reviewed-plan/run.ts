import { pullRequestOf, reviewedRun } from '../lib/domain/plan-review.ts';
import type { PlanReviews } from '../lib/ports/plan-reviews.ts';
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

/** Finds the pull request that brought a commit, and the run that planned for its head. */
export async function runReviewedPlan(
  { sha, workflow }: ReviewedPlanInputs,
  { reviews, reporter }: { readonly reviews: PlanReviews; readonly reporter: Reporter },
): Promise<ReviewedPlan> {
  const result = await find(sha, workflow, reviews);
  reporter.info(
    result.kind === 'found'
      ? `${sha} was reviewed as ${result.headSha}${result.pullRequest === undefined ? '' : ` in pull request ${String(result.pullRequest)}`}, planned by run ${String(result.runId)}`
      : result.reason,
  );
  return result;
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

/** The outputs of the action. */
export function renderReviewedPlanOutputs(result: ReviewedPlan): Record<string, string> {
  return {
    found: String(result.kind === 'found'),
    'pull-request': result.pullRequest === undefined ? '' : String(result.pullRequest),
    'head-sha': result.kind === 'found' ? result.headSha : '',
    'run-id': result.kind === 'found' ? String(result.runId) : '',
  };
}
