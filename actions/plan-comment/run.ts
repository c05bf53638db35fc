import { UserError } from '../lib/domain/errors/user-error.ts';
import type { PlanLinks } from '../lib/domain/plan/comment-marker.ts';
import {
  renderPlanComment,
  SUMMARY_LIMIT,
  unacceptedWarnings,
  type CommentContent,
} from '../lib/domain/plan/comment.ts';
import type { PlanSummary } from '../lib/domain/plan/summary.ts';
import { parseAcceptances } from '../lib/domain/plan/policy-acceptance.ts';
import { publishPlanComment, type Publication } from '../lib/operations/publish-plan-comment.ts';
import { voidMovedBase, voidMovedHead, type VoidPorts } from '../lib/operations/void-plan-comments.ts';
import type { PlanComments } from '../lib/ports/plan-comments.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { PlanCommentInputs } from './inputs.ts';

/** What is written about, by which run. */
export interface PlanCommentContext {
  readonly summaries: readonly PlanSummary[];
  readonly run: { readonly id: number; readonly attempt: number };
  readonly links: PlanLinks;
}

export interface PlanCommentPorts {
  readonly comments: PlanComments;
  readonly reporter: Reporter;
}

/** The result. */
export interface PlanCommentResult {
  readonly state: string;
  readonly commentUrl: string;
  readonly unaccepted: readonly string[];
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
    const count = await makeVoid(inputs, { ...ports, author: inputs['comment-author'], links: context.links });
    return { state: `${String(count)} void`, commentUrl: '', unaccepted: [], summary: '' };
  }
  return await render(inputs, context, ports);
}

async function makeVoid(inputs: PlanCommentInputs, ports: VoidPorts): Promise<number> {
  const pullRequest = inputs['pull-request'];
  if (pullRequest !== undefined) return await voidMovedHead(pullRequest, ports);
  const baseSha = inputs['base-sha'];
  if (baseSha === undefined || inputs['base-branch'] === '') {
    throw missing('base-sha and base-branch, or pull-request');
  }
  return await voidMovedBase(inputs['base-branch'], baseSha, inputs.environments, ports);
}

async function render(
  inputs: PlanCommentInputs,
  { summaries, run, links }: PlanCommentContext,
  { comments, reporter }: PlanCommentPorts,
): Promise<PlanCommentResult> {
  const pullRequest = inputs['pull-request'];
  const headSha = inputs['head-sha'];
  if (pullRequest === undefined || headSha === undefined) throw missing('pull-request and head-sha');
  // A summary of another commit is no summary of this one.
  const current = summaries.filter((summary) => summary.headSha === headSha);
  for (const { environment, headSha: other } of summaries.filter((summary) => !current.includes(summary))) {
    reporter.warning(`The summary of ${environment} was made for ${other}, not for ${headSha}: it is left out`);
  }
  const planned = current.map(({ environment }) => environment);
  const now = await comments.pullRequest(pullRequest);
  const content: CommentContent = {
    marker: {
      format: 1,
      pullRequest,
      headSha,
      baseSha: inputs['base-sha'] ?? null,
      runId: run.id,
      runAttempt: run.attempt,
      environments: [...new Set([...inputs.environments, ...planned])],
      state: 'current',
    },
    summaries: current,
    missing: inputs.environments.filter((name) => !planned.includes(name)),
    notConfigured: inputs['not-configured'],
    acceptances: parseAcceptances(now.description),
    links,
  };
  const publication = await publish(content, now.headSha, inputs['comment-author'], { comments, reporter });
  return {
    state: publication.state,
    commentUrl: publication.state === 'outdated' ? '' : publication.comment.url,
    unaccepted: unacceptedWarnings(current, content.acceptances),
    summary: renderPlanComment(content, SUMMARY_LIMIT),
  };
}

async function publish(
  content: CommentContent,
  headNow: string,
  author: string,
  { comments, reporter }: PlanCommentPorts,
): Promise<Publication> {
  const { marker, links } = content;
  if (headNow !== marker.headSha) {
    reporter.warning(
      `Pull request ${String(marker.pullRequest)} has moved from ${marker.headSha} to ${headNow}: these plans no longer count, and no comment is written`,
    );
    return { state: 'outdated' };
  }
  const publication = await publishPlanComment(comments, author, { marker, body: renderPlanComment(content) });
  if (publication.state === 'outdated') {
    reporter.info('A later run has written its plans already: the comment is left as it is');
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
  await voidMovedHead(marker.pullRequest, { comments, reporter, author, links });
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
