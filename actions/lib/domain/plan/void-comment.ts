import { marked } from './comment-marker.ts';
import type { PlanLinks } from './plan-origin.ts';

/** Why the plans of a pull request no longer count, with the commit that it is about. */
export interface VoidReason {
  readonly kind: 'planning' | 'planned-later' | 'base-moved';
  readonly sha: string;
}

const WORDS: Readonly<Record<VoidReason['kind'], (commit: string) => string>> = {
  planning: (commit) => `A new plan is being made for ${commit}, and follows here when its run has ended.`,
  'planned-later': (commit) => `A later run has planned ${commit}: run its job "Show the plans" again to see it here.`,
  'base-moved': (commit) =>
    `The base branch has moved to ${commit}, which touches an environment of this pull request. Update the branch to get a new plan; what is applied is checked against the merged commit anyway.`,
};

/** A comment whose plans no longer count. It repeats nothing of what stood there, which somebody may have edited. */
export function renderVoidComment(
  pullRequest: number,
  { kind, sha }: VoidReason,
  { repositoryUrl }: PlanLinks,
): string {
  const commit = `[\`${sha.slice(0, 12)}\`](${repositoryUrl}/commit/${sha})`;
  const runs = `[The runs](${repositoryUrl}/pull/${String(pullRequest)}/checks) keep their plans in their summaries.`;
  return marked(
    `## Plan: void\n\n> [!WARNING]\n> What stood here **no longer counts**. ${WORDS[kind](commit)}\n\n${runs}\n`,
  );
}
