import { touchedEnvironments, type EnvironmentSources } from '../domain/changes/touched-environments.ts';
import type { PlanLinks } from '../domain/plan/plan-origin.ts';
import { isPlannedSince } from '../domain/plan/plan-runs.ts';
import { renderVoidComment, type VoidReason } from '../domain/plan/void-comment.ts';
import { isSameBody } from '../domain/text/markdown.ts';
import type { PlanComments } from '../ports/plan-comments.ts';
import type { PlanRuns } from '../ports/plan-runs.ts';
import type { Reporter } from '../ports/reporter.ts';
import { ownComments } from './publish-plan-comment.ts';

/** What is needed to make comments void. */
export interface VoidPorts {
  readonly comments: PlanComments;
  readonly runs: PlanRuns;
  readonly author: string;
  readonly links: PlanLinks;
  readonly reporter: Reporter;
}

/** Where a base branch is now, and which environments got there by the move. */
export interface BaseMove {
  readonly branch: string;
  readonly sha: string;
  readonly environments: readonly string[];
  /** What the plans of all environments are made from, as the base branch has it. */
  readonly sources: readonly EnvironmentSources[];
}

/** Makes the comment of a pull request visibly void, whatever it says, as a new plan is being made. Answers how many it was. */
export async function voidBeforePlan(pullRequest: number, ports: VoidPorts): Promise<number> {
  const { headSha } = await ports.comments.pullRequest(pullRequest);
  const own = await ownComments(ports.comments, ports.author, pullRequest);
  return await voidComments(pullRequest, own, { kind: 'planning', sha: headSha }, ports);
}

/**
 * Makes the comments of all open pull requests visibly void that change an environment which the base's move touches, apart
 * from those that are planned anew since. GitHub says what a pull request changes and when it was planned.
 */
export async function voidMovedBase(
  { branch, sha, environments, sources }: BaseMove,
  now: number,
  ports: VoidPorts,
): Promise<number> {
  const { comments, runs, author } = ports;
  const movedAt = (await runs.pushedAt(sha)) ?? now;
  let count = 0;
  for (const { number, headSha } of await comments.openPullRequests(branch)) {
    const own = await ownComments(comments, author, number);
    if (own.length === 0) continue;
    const files = await comments.changedFiles(number);
    const touched = files === undefined ? sources : touchedEnvironments(files, sources);
    if (!touched.some(({ name }) => environments.includes(name))) continue;
    if (isPlannedSince(movedAt, number, await runs.ofHead(headSha))) continue;
    count += await voidComments(number, own, { kind: 'base-moved', sha }, ports);
  }
  return count;
}

async function voidComments(
  pullRequest: number,
  own: Awaited<ReturnType<typeof ownComments>>,
  reason: VoidReason,
  { comments, links, reporter }: VoidPorts,
): Promise<number> {
  const body = renderVoidComment(pullRequest, reason, links);
  let count = 0;
  for (const comment of own) {
    if (isSameBody(comment.body, body)) continue;
    await comments.update(comment.id, body);
    // Hidden or not, the text says it: a token that may not hide comments is no reason to fail.
    await comments.minimise(comment.nodeId).catch((error: unknown) => {
      reporter.warning(
        `The void comment could not be hidden: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    reporter.info(`The plan on pull request ${String(pullRequest)} is void: ${reason.kind} ${reason.sha}`);
    count += 1;
  }
  return count;
}
