import type { PlanLinks } from '../domain/plan/comment-marker.ts';
import { renderVoidComment, type VoidReason } from '../domain/plan/void-comment.ts';
import type { PlanComments } from '../ports/plan-comments.ts';
import type { Reporter } from '../ports/reporter.ts';
import { ownComments } from './publish-plan-comment.ts';

/** What is needed to make comments void. */
export interface VoidPorts {
  readonly comments: PlanComments;
  readonly author: string;
  readonly links: PlanLinks;
  readonly reporter: Reporter;
}

/** Makes the comment of a pull request visibly void where it was made for another head. Answers how many it was. */
export async function voidMovedHead(pullRequest: number, ports: VoidPorts): Promise<number> {
  const { headSha } = await ports.comments.pullRequest(pullRequest);
  return await voidComments(
    pullRequest,
    { moved: 'head', sha: headSha },
    (marker) => marker.headSha !== headSha,
    ports,
  );
}

/**
 * Makes the comments of all open pull requests visibly void whose base has moved.
 *
 * @param environments those that the move touches; a plan of none of them still counts
 */
export async function voidMovedBase(
  baseBranch: string,
  baseSha: string,
  environments: readonly string[],
  ports: VoidPorts,
): Promise<number> {
  let count = 0;
  for (const { number } of await ports.comments.openPullRequests(baseBranch)) {
    count += await voidComments(
      number,
      { moved: 'base', sha: baseSha },
      (marker) => marker.baseSha !== baseSha && marker.environments.some((name) => environments.includes(name)),
      ports,
    );
  }
  return count;
}

async function voidComments(
  pullRequest: number,
  reason: VoidReason,
  isVoid: (marker: Awaited<ReturnType<typeof ownComments>>[number]['marker']) => boolean,
  { comments, author, links, reporter }: VoidPorts,
): Promise<number> {
  let count = 0;
  for (const { comment, marker } of await ownComments(comments, author, pullRequest)) {
    if (marker.state === 'void' || !isVoid(marker)) continue;
    await comments.update(comment.id, renderVoidComment(comment.body, marker, reason, links));
    // Hidden or not, the text says it: a token that may not hide comments is no reason to fail.
    await comments.minimise(comment.nodeId).catch((error: unknown) => {
      reporter.warning(
        `The void comment could not be hidden: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    reporter.info(
      `The plan on pull request ${String(pullRequest)} is void: its ${reason.moved} moved to ${reason.sha}`,
    );
    count += 1;
  }
  return count;
}
