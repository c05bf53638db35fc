import { unshownChanges, type PlanMeaning, type UnshownChange } from './meaning.ts';
import type { Statement } from './statement.ts';

/** A commit on the main branch that touches an environment and isn't applied there yet, and what its reviewers were shown. */
export interface UnappliedCommit {
  readonly commit: string;
  readonly pullRequest: number | undefined;
  /** The statement that counts, or why none does. */
  readonly shown: Statement | string;
}

/** Whether a plan is what the reviewers of its commits were shown. */
export interface PlanReview {
  /** Newest first. */
  readonly commits: readonly UnappliedCommit[];
  readonly unshown: readonly UnshownChange[];
  /** Whether the release that is to serve was shown. */
  readonly isLiveShown: boolean;
}

/**
 * Compares what a plan means with the statements. What a commit without one did is not covered by statements before it.
 *
 * @param commits newest first
 * @param known releases that need no review to be routed to: the one that serves, and those that are verified here
 */
export function reviewPlan(
  meaning: PlanMeaning,
  known: readonly string[],
  commits: readonly UnappliedCommit[],
): PlanReview {
  const counting: Statement[] = [];
  for (const { shown } of commits) {
    if (typeof shown === 'string') break;
    counting.push(shown);
  }
  const changes = counting.flatMap((statement) => statement.meaning.changes);
  const { live } = meaning;
  return {
    commits,
    unshown: unshownChanges(meaning.changes, changes),
    isLiveShown: live === null || known.includes(live) || counting.some((one) => one.meaning.live === live),
  };
}

/** Whether everything that a plan does was shown to the reviewers of its commits. */
export function isAsReviewed({ unshown, isLiveShown }: PlanReview): boolean {
  return unshown.length === 0 && isLiveShown;
}

/** What a deployment does about a plan. */
export type PlanDecision =
  | { readonly kind: 'nothing' }
  /** Somebody may have to approve, if the environment for approvals has reviewers. */
  | { readonly kind: 'proceed' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a decision about a plan depends on. */
export interface PlanFacts {
  readonly meaning: PlanMeaning;
  readonly digest: string;
  readonly review: PlanReview;
  readonly serving: string | null;
  /** Whether the newest attempt has ended and what is to serve is verified. */
  readonly isSettled: boolean;
  /** How many may approve. */
  readonly reviewers: number;
  /** The digest that a person named who started this by hand. */
  readonly named: string | undefined;
  /** Whether that person wants the endpoint checked, whatever the plan says. */
  readonly isForced: boolean;
}

/** Decides whether a plan goes on: as reviewed, to the reviewers of the environment, or by its digest; else it is refused. */
export function decideOnPlan(facts: PlanFacts): PlanDecision {
  const { meaning, digest, review, serving, isSettled, reviewers, named, isForced } = facts;
  if (named !== undefined && named !== digest) {
    return { kind: 'refused', reason: `the plan of now has the digest ${digest}, not ${named}` };
  }
  const isServing = meaning.live === null || (meaning.live === serving && isSettled);
  if (meaning.changes.length === 0 && isServing && !isForced) return { kind: 'nothing' };
  if (isAsReviewed(review) || reviewers > 0 || named === digest) return { kind: 'proceed' };
  return { kind: 'refused', reason: 'it is not what was reviewed, and nobody is set to approve it' };
}
