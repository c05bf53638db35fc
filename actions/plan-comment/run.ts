import { UserError } from '../lib/domain/errors/user-error.ts';
import type { PlanLinks } from '../lib/domain/plan/plan-origin.ts';
import type { EnvironmentSources } from '../lib/domain/changes/touched-environments.ts';
import {
  needAcceptance,
  renderPlanComment,
  unacceptedWarnings,
  type CommentContent,
} from '../lib/domain/plan/comment.ts';
import { SUMMARY_LIMIT } from '../lib/domain/text/size-budget.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { PlanSummary } from '../lib/domain/plan/summary.ts';
import { acceptanceRemedy, decideAcceptances, type Acceptances } from '../lib/domain/plan/policy-acceptance.ts';
import { publishPlanComment, type Publication } from '../lib/operations/publish-plan-comment.ts';
import { voidBeforePlan, voidMovedBase, type VoidPorts } from '../lib/operations/void-plan-comments.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { PlanAcceptances } from '../lib/ports/plan-acceptances.ts';
import type { PlanComments } from '../lib/ports/plan-comments.ts';
import type { PlanRuns } from '../lib/ports/plan-runs.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { PlanCommentInputs } from './inputs.ts';

/** What is written about, by which run. */
export interface PlanCommentContext {
  readonly summaries: readonly PlanSummary[];
  readonly reviews: readonly ReviewSummary[];
  /** What the plans of the environments are made from; needed where the base has moved. */
  readonly sources: readonly EnvironmentSources[];
  readonly run: { readonly id: number; readonly attempt: number };
  readonly links: PlanLinks;
}

export interface PlanCommentPorts {
  readonly comments: PlanComments;
  readonly acceptances: PlanAcceptances;
  readonly runs: PlanRuns;
  readonly clock: Pick<Clock, 'now'>;
  readonly reporter: Reporter;
}

/** The result. */
export interface PlanCommentResult {
  readonly state: string;
  readonly commentUrl: string;
  /** The warnings that wait for an acceptance: `ID ENVIRONMENT`, or `ID SERVICE`. */
  readonly unaccepted: readonly string[];
  /** What a person does about each of them. */
  readonly remedies: readonly string[];
  /** Markdown for the job summary; empty where there is nothing to say. */
  readonly summary: string;
}

/** Writes the comment, or makes comments void. */
export async function runPlanComment(
  inputs: PlanCommentInputs,
  context: PlanCommentContext,
  ports: PlanCommentPorts,
): Promise<PlanCommentResult> {
  if (inputs.mode === 'void') {
    const count = await makeVoid(inputs, context, ports);
    return { state: `${String(count)} void`, commentUrl: '', unaccepted: [], remedies: [], summary: '' };
  }
  return await render(inputs, context, ports);
}

async function makeVoid(
  inputs: PlanCommentInputs,
  { links, sources }: PlanCommentContext,
  ports: PlanCommentPorts,
): Promise<number> {
  const voidPorts: VoidPorts = { ...ports, author: inputs['comment-author'], links };
  const pullRequest = inputs['pull-request'];
  if (pullRequest !== undefined) return await voidBeforePlan(pullRequest, voidPorts);
  const sha = inputs['base-sha'];
  const branch = inputs['base-branch'];
  if (sha === undefined || branch === '') throw missing('base-sha and base-branch, or pull-request');
  const move = { branch, sha, environments: inputs.environments, sources };
  return await voidMovedBase(move, ports.clock.now(), voidPorts);
}

async function render(
  inputs: PlanCommentInputs,
  { summaries, reviews, run, links }: PlanCommentContext,
  ports: PlanCommentPorts,
): Promise<PlanCommentResult> {
  const pullRequest = inputs['pull-request'];
  const headSha = inputs['head-sha'];
  if (pullRequest === undefined || headSha === undefined) throw missing('pull-request and head-sha');
  const made = { headSha, run };
  const current = {
    summaries: newest(summaries, planOf, { ...made, result: inputs['plan-result'] }, ports.reporter),
    reviews: newest(reviews, reviewOf, { ...made, result: inputs['review-result'] }, ports.reporter),
  };
  const planned = current.summaries.map(({ environment }) => environment);
  const reviewed = current.reviews.map(({ service }) => service);
  const content: CommentContent = {
    origin: { headSha, baseSha: inputs['base-sha'] ?? null, runId: run.id, runAttempt: run.attempt },
    ...current,
    missing: inputs.environments.filter((name) => !planned.includes(name)),
    notConfigured: inputs['not-configured'],
    missingReviews: inputs.reviews.filter((name) => !reviewed.includes(name)),
    acceptances: await readAcceptances(current, pullRequest, headSha, ports.acceptances),
    links,
  };
  const publication = await publish(content, pullRequest, inputs['comment-author'], ports);
  const unaccepted = unacceptedWarnings(current, content.acceptances);
  return {
    state: publication.state,
    commentUrl: publication.state === 'outdated' ? '' : publication.comment.url,
    unaccepted,
    remedies: [...new Set(unaccepted.map((warning) => acceptanceRemedy(content.acceptances, warning)))],
    summary: renderPlanComment(content, SUMMARY_LIMIT),
  };
}

interface Making {
  readonly headSha: string;
  readonly run: { readonly id: number; readonly attempt: number };
  /** Of the jobs that make them. */
  readonly result: string;
}

const planOf = ({ environment }: PlanSummary) => ({ name: environment, file: 'summary', made: 'plan' });
const reviewOf = ({ service }: ReviewSummary) => ({ name: service, file: 'review', made: 'review' });

/**
 * One summary of an environment or a service: of this commit and this run. One of an earlier attempt counts only where no job
 * made it again.
 */
function newest<Summary extends Pick<PlanSummary, 'headSha' | 'run'>>(
  summaries: readonly Summary[],
  wordsOf: (summary: Summary) => { readonly name: string; readonly file: string; readonly made: string },
  { headSha, run, result }: Making,
  reporter: Reporter,
): readonly Summary[] {
  const found = new Map<string, Summary>();
  for (const summary of summaries.toSorted((a, b) => b.run.attempt - a.run.attempt)) {
    const { headSha: other } = summary;
    const { name, file, made: what } = wordsOf(summary);
    if (found.has(name)) continue;
    const made = `run ${String(summary.run.id)}, attempt ${String(summary.run.attempt)}`;
    if (other !== headSha) {
      reporter.warning(`The ${file} of ${name} was made for ${other}, not for ${headSha}: it is left out`);
    } else if (summary.run.id !== run.id || summary.run.attempt > run.attempt) {
      reporter.warning(`The ${file} of ${name} is of ${made}, and not of this run: it is left out`);
    } else if (summary.run.attempt < run.attempt && result !== 'success') {
      reporter.warning(`The ${file} of ${name} is of ${made}, and its ${what} did not succeed since: it is left out`);
    } else {
      found.set(name, summary);
    }
  }
  return [...found.values()];
}

async function readAcceptances(
  warned: Pick<CommentContent, 'summaries' | 'reviews'>,
  pullRequest: number,
  headSha: string,
  acceptances: PlanAcceptances,
): Promise<Acceptances> {
  if (!needAcceptance(warned)) return { kind: 'open' };
  // A review of a later commit is no review of the plan that this run made.
  return decideAcceptances({ ...(await acceptances.read(pullRequest)), headSha });
}

async function publish(
  content: CommentContent,
  pullRequest: number,
  author: string,
  { comments, runs, reporter }: PlanCommentPorts,
): Promise<Publication> {
  const { origin, links } = content;
  const moved = async (): Promise<string | undefined> => {
    const { headSha } = await comments.pullRequest(pullRequest);
    return headSha === origin.headSha ? undefined : headSha;
  };
  const before = await moved();
  if (before !== undefined) {
    reporter.warning(
      `Pull request ${String(pullRequest)} has moved from ${origin.headSha} to ${before}: these plans no longer count, and no comment is written`,
    );
    return { state: 'outdated' };
  }
  const publication = await publishPlanComment(
    { pullRequest, origin, body: renderPlanComment(content) },
    { comments, runs, author, links },
  );
  if (publication.state === 'outdated') {
    reporter.info('GitHub knows a later run of this commit: the comment is left to it');
    return publication;
  }
  if (publication.comment.author !== author) {
    reporter.warning(
      `The token writes as ${publication.comment.author}, not as ${author}: set comment-author to ${publication.comment.author}, or every run adds another comment`,
    );
  }
  if (publication.state !== 'created') {
    await comments.unminimise(publication.comment.nodeId).catch((error: unknown) => {
      reporter.warning(
        `A hidden comment could not be shown again: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
  // A push may have come while this was written.
  if ((await moved()) !== undefined) await voidBeforePlan(pullRequest, { comments, runs, reporter, author, links });
  return publication;
}

function missing(names: string): UserError {
  return new UserError({
    what: 'There is no pull request to comment on',
    where: 'with:',
    expected: names,
    found: 'nothing',
    remedy: 'Run this action in a workflow for pull requests, or name them in the workflow that calls it.',
  });
}
