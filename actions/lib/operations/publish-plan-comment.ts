import { isMarked } from '../domain/plan/comment-marker.ts';
import { isSuperseded } from '../domain/plan/plan-runs.ts';
import type { PlanLinks, PlanOrigin } from '../domain/plan/plan-origin.ts';
import { renderVoidComment } from '../domain/plan/void-comment.ts';
import { isSameBody } from '../domain/text/markdown.ts';
import type { PlanComments, PullRequestComment } from '../ports/plan-comments.ts';
import type { PlanRuns } from '../ports/plan-runs.ts';

/** A comment to publish: its body is marked. */
export interface NewPlanComment {
  readonly pullRequest: number;
  readonly origin: PlanOrigin;
  readonly body: string;
}

export interface PublishPorts {
  readonly comments: PlanComments;
  readonly runs: PlanRuns;
  /** Login that our token writes as. */
  readonly author: string;
  readonly links: PlanLinks;
}

/** How publishing ended; `outdated` where GitHub knows a later run of the same head. */
export type Publication =
  | { readonly state: 'created' | 'updated' | 'unchanged'; readonly comment: PullRequestComment }
  | { readonly state: 'outdated' };

/**
 * Makes the one comment of a pull request say this: creates it, or updates it in place, and deletes what else is ours. No
 * comment decides whether this run may write: that is a question to GitHub, asked before writing and after it.
 */
export async function publishPlanComment(
  { pullRequest, origin, body }: NewPlanComment,
  { comments, runs, author, links }: PublishPorts,
): Promise<Publication> {
  const isOutdated = async (): Promise<boolean> =>
    isSuperseded({ id: origin.runId, attempt: origin.runAttempt }, pullRequest, await runs.ofHead(origin.headSha));
  if (await isOutdated()) return { state: 'outdated' };
  const [oldest] = await ownComments(comments, author, pullRequest);
  const written = await write(comments, pullRequest, oldest, body);
  // A token that writes as somebody else would not find its own comment.
  if (written.comment.author !== author) return written;
  if (await isOutdated()) {
    // It may have written before this one did.
    const reason = { kind: 'planned-later', sha: origin.headSha } as const;
    if (written.state !== 'unchanged') {
      await comments.update(written.comment.id, renderVoidComment(pullRequest, reason, links));
    }
    return { state: 'outdated' };
  }
  for (const { id } of await ownComments(comments, author, pullRequest)) {
    if (id !== written.comment.id) await comments.remove(id);
  }
  return written;
}

/** Our comments on a pull request, the oldest first: by marker, and by author, since anybody can copy a marker. */
export async function ownComments(
  comments: PlanComments,
  author: string,
  pullRequest: number,
): Promise<readonly PullRequestComment[]> {
  const all = await comments.list(pullRequest);
  return all.filter((comment) => comment.author === author && isMarked(comment.body)).toSorted((a, b) => a.id - b.id);
}

async function write(
  comments: PlanComments,
  pullRequest: number,
  existing: PullRequestComment | undefined,
  body: string,
): Promise<Exclude<Publication, { state: 'outdated' }>> {
  if (existing === undefined) return { state: 'created', comment: await comments.create(pullRequest, body) };
  if (isSameBody(existing.body, body)) return { state: 'unchanged', comment: existing };
  return { state: 'updated', comment: await comments.update(existing.id, body) };
}
