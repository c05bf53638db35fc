import { MODEL_WARNING_IDS, type ModelWarningId } from '../model-review/summary.ts';
import { WARNING_IDS, type WarningId } from './summary.ts';

/** What can be accepted: a warning of a plan, or of the review of a model. */
type AcceptableId = WarningId | ModelWarningId;

/** A line in a pull request's description that accepts a warning. */
interface AcceptanceLine {
  readonly id: AcceptableId;
  /** The environment of the plan, or the service of the model. */
  readonly subject: string;
  readonly reason: string;
}

/** A review of a pull request, as GitHub has it. */
export interface PullRequestReview {
  /** Login of the reviewer. */
  readonly reviewer: string;
  readonly isPerson: boolean;
  readonly state: 'approved' | 'changes-requested' | 'dismissed' | 'commented';
  /** The commit that was reviewed. */
  readonly commitSha: string;
}

/** What GitHub knows of a pull request, as far as it decides who may accept its warnings. */
export interface AcceptanceFacts {
  readonly headSha: string;
  /** Logins of who opened the pull request and of everybody who pushed to its branch. */
  readonly authors: readonly string[];
  /** The oldest first. */
  readonly reviews: readonly PullRequestReview[];
  /** Logins of the people who may write to the repository. */
  readonly writers: readonly string[];
  readonly description: string;
}

/** Who has accepted the warnings of a pull request, or has to. */
export type Acceptances =
  /** A person other than the authors has approved the head commit: that accepts every warning. */
  | { readonly kind: 'review'; readonly reviewer: string }
  /** Nobody has yet, and more than one person may write to the repository. */
  | { readonly kind: 'open' }
  /** Nobody else may write here: the description decides, line by line. */
  | { readonly kind: 'alone'; readonly lines: readonly AcceptanceLine[] };

/** Who has accepted the warnings of a pull request: decided by GitHub's data, so that no text can pretend it. */
export function decideAcceptances(facts: AcceptanceFacts): Acceptances {
  const others = facts.writers.filter((login) => !facts.authors.includes(login));
  const reviewer = others.find((login) => isApproving(login, facts));
  if (reviewer !== undefined) return { kind: 'review', reviewer };
  // Two people who write one pull request together are not alone: a third one, or another pull request, has to decide.
  if (facts.writers.length > 1) return { kind: 'open' };
  return { kind: 'alone', lines: parseAcceptanceLines(facts.description) };
}

// The last word of a reviewer counts, comments apart.
function isApproving(login: string, { reviews, headSha }: AcceptanceFacts): boolean {
  const last = reviews.findLast(({ reviewer, state }) => reviewer === login && state !== 'commented');
  return last?.isPerson === true && last.state === 'approved' && last.commitSha === headSha;
}

const LINE = /^\s*(?:[-*]\s+)?Accept-Plan-Warning:\s*(\S+)\s+(\S+)\s*(.*?)\s*$/i;

/**
 * The acceptances in a pull request's description: lines `Accept-Plan-Warning: ID ENVIRONMENT reason`, and with a service in
 * place of the environment for a warning of its model. A line without a
 * reason, or with an unknown id, accepts nothing.
 */
export function parseAcceptanceLines(description: string): readonly AcceptanceLine[] {
  // What a template says inside an HTML comment is not said by the author.
  const lines = description.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, id, subject, reason] = LINE.exec(line) ?? [];
    const known = [...WARNING_IDS, ...MODEL_WARNING_IDS].find((candidate) => candidate === id);
    if (known === undefined || subject === undefined || reason === undefined || reason === '') return [];
    return [{ id: known, subject, reason }];
  });
}

/** How a warning of an environment or a service was accepted, in words; undefined where it was not. */
export function findAcceptance(acceptances: Acceptances, id: AcceptableId, subject: string): string | undefined {
  if (acceptances.kind === 'review') return `by the review of ${acceptances.reviewer}`;
  if (acceptances.kind === 'open') return undefined;
  const line = acceptances.lines.find((accepted) => accepted.id === id && accepted.subject === subject);
  return line === undefined ? undefined : `by the author, as nobody else may write here: ${line.reason}`;
}

/** What a person has to do so that a warning is accepted. */
export function acceptanceRemedy(acceptances: Acceptances, warning: string): string {
  return acceptances.kind === 'alone'
    ? `add to the description: Accept-Plan-Warning: ${warning} REASON`
    : 'somebody other than the authors approves the head commit; then run the failed jobs again';
}
