import { COMMENT_LIMIT } from './comment.ts';
import { renderMarker, runUrl, type PlanLinks, type PlanMarker } from './comment-marker.ts';

/** Why a plan no longer counts: the branch that moved, and where to. */
export interface VoidReason {
  readonly moved: 'head' | 'base';
  readonly sha: string;
}

/**
 * A comment whose plan no longer counts: it says so first, and keeps the old text folded away.
 *
 * @param body the comment as it is
 */
export function renderVoidComment(body: string, marker: PlanMarker, reason: VoidReason, links: PlanLinks): string {
  const commit = (sha: string): string => `[\`${sha.slice(0, 12)}\`](${links.repositoryUrl}/commit/${sha})`;
  const what =
    reason.moved === 'head'
      ? `The pull request has moved to ${commit(reason.sha)}. A new plan follows here when its run has ended.`
      : `The base branch has moved to ${commit(reason.sha)}, which touches an environment of this plan. Update the branch to get a new one; what is applied is checked against the merged commit anyway.`;
  const head = [
    renderMarker({ ...marker, state: 'void' }),
    '## Plan: void',
    '',
    '> [!WARNING]',
    `> This plan was made for ${commit(marker.headSha)} and **no longer counts**. ${what}`,
    '',
  ];
  const old = body.replaceAll('\r\n', '\n').split('\n').slice(1).join('\n').trim();
  const folded = [...head, '<details><summary>The plan that is void</summary>', '', old, '', '</details>', ''].join(
    '\n',
  );
  if (folded.length <= COMMENT_LIMIT.most) return folded;
  return [...head, `It is kept in [the run that made it](${runUrl(marker, links)}).`, ''].join('\n');
}
