import { isNewer, parseMarker, type PlanMarker } from '../domain/plan/comment-marker.ts';
import { isSameBody } from '../domain/text/markdown.ts';
import type { PlanComments, PullRequestComment } from '../ports/plan-comments.ts';

/** A comment to publish: its body carries the marker. */
export interface NewPlanComment {
  readonly marker: PlanMarker;
  readonly body: string;
}

/** How publishing ended; `outdated` where a later run or a later push has already spoken. */
export type Publication =
  | { readonly state: 'created' | 'updated' | 'unchanged'; readonly comment: PullRequestComment }
  | { readonly state: 'outdated' };

/**
 * Makes the one comment of a pull request say this: creates it, or updates it in place. It is ours by hidden marker and by
 * author; what else carries our marker is left alone. Two runs at once leave one comment, with the text of the later run:
 * both look again after they wrote, keep the oldest comment, and delete what else is ours.
 *
 * @param author login that our token writes as
 */
export async function publishPlanComment(
  comments: PlanComments,
  author: string,
  { marker, body }: NewPlanComment,
): Promise<Publication> {
  const [oldest] = await ownComments(comments, author, marker.pullRequest);
  if (oldest !== undefined && isNewer(oldest.marker, marker)) return { state: 'outdated' };
  const written = await write(comments, marker.pullRequest, oldest?.comment, body);
  // A token that writes as somebody else would not find its own comment.
  if (written.comment.author !== author) return written;
  const kept = await settle(comments, author, marker, body);
  return kept === undefined ? { state: 'outdated' } : { ...written, comment: kept };
}

/** A comment of ours with what its marker says. */
export interface OwnComment {
  readonly comment: PullRequestComment;
  readonly marker: PlanMarker;
}

/** Our comments on a pull request, the oldest first: by marker, and by author, since anybody can copy a marker. */
export async function ownComments(
  comments: PlanComments,
  author: string,
  pullRequest: number,
): Promise<readonly OwnComment[]> {
  const all = await comments.list(pullRequest);
  return all
    .flatMap((comment) => {
      const marker = comment.author === author ? parseMarker(comment.body) : undefined;
      return marker === undefined || marker.pullRequest !== pullRequest ? [] : [{ comment, marker }];
    })
    .toSorted((a, b) => a.comment.id - b.comment.id);
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

/** Looks again after writing, and leaves one comment of ours, the oldest. Undefined where a later run's text stands there. */
async function settle(
  comments: PlanComments,
  author: string,
  marker: PlanMarker,
  body: string,
): Promise<PullRequestComment | undefined> {
  const [kept, ...others] = await ownComments(comments, author, marker.pullRequest);
  if (kept === undefined) return undefined;
  const later = [kept, ...others].find((own) => isNewer(own.marker, marker));
  const text = later?.comment.body ?? body;
  const settled = isSameBody(kept.comment.body, text) ? kept.comment : await comments.update(kept.comment.id, text);
  for (const { comment } of others) await comments.remove(comment.id);
  return later === undefined ? settled : undefined;
}
