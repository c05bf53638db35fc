import { describe, expect, it } from 'vitest';
import { digestOfMeaning, type PlanMeaning } from './meaning.ts';
import { decideOnPlan, isAsReviewed, reviewPlan, type PlanFacts, type UnappliedCommit } from './review.ts';
import type { Statement } from './statement.ts';

const meaning = (live: string | null, ...subjects: readonly string[]): PlanMeaning => ({
  live,
  changes: subjects.map((subject) => ({ subject, type: 'a', action: 'create', values: [] })),
});

function shownBy(number: number, what: PlanMeaning): UnappliedCommit {
  const sha = 'a'.repeat(40);
  const statement: Statement = {
    ...{ format: 1, environment: 'dev', pullRequest: number, headSha: sha, baseSha: sha },
    ...{ run: { id: 1, attempt: 1 }, terraformVersion: '1.11.4', sourcesDigest: 'b'.repeat(64), lockFileDigest: null },
    meaning: what,
  };
  return { commit: sha, pullRequest: number, shown: statement };
}

const unreviewed: UnappliedCommit = { commit: 'c'.repeat(40), pullRequest: undefined, shown: 'nobody saw it' };
const now = meaning('new', 'a.one', 'a.two');

describe('whether a plan is what was reviewed', () => {
  it.each<[string, readonly UnappliedCommit[], readonly string[], boolean]>([
    ['one pull request showed all of it', [shownBy(1, now)], [], true],
    ['two did together', [shownBy(2, meaning('new', 'a.two')), shownBy(1, meaning('old', 'a.one'))], [], true],
    ['one showed more', [shownBy(1, meaning('new', 'a.one', 'a.two', 'a.three'))], [], true],
    ['none did', [], [], false],
    ['one showed less', [shownBy(1, meaning('new', 'a.one'))], [], false],
    ['a commit without a review is newer', [unreviewed, shownBy(1, now)], [], false],
    ['a commit without a review is older', [shownBy(1, now), unreviewed], [], true],
    ['another release was shown', [shownBy(1, meaning('old', 'a.one', 'a.two'))], [], false],
    ['the release is verified here', [shownBy(1, meaning('old', 'a.one', 'a.two'))], ['new'], true],
  ])('%s', (_case, commits, known, expected) => {
    expect(isAsReviewed(reviewPlan(now, known, commits))).toBe(expected);
  });
});

describe('what is done about a plan', () => {
  const facts = (changes: Partial<PlanFacts> = {}): PlanFacts => ({
    meaning: now,
    digest: digestOfMeaning(now),
    review: reviewPlan(now, [], []),
    serving: 'old',
    isSettled: true,
    reviewers: 0,
    named: undefined,
    isForced: false,
    ...changes,
  });
  const shown = reviewPlan(now, [], [shownBy(1, now)]);
  const nothing = { meaning: meaning('old'), digest: digestOfMeaning(meaning('old')) };

  it.each<[string, Partial<PlanFacts>, string]>([
    ['as reviewed goes on', { review: shown }, 'proceed'],
    ['as reviewed goes to the reviewers', { review: shown, reviewers: 1 }, 'proceed'],
    ['what differs goes to the reviewers', { reviewers: 1 }, 'proceed'],
    ['what differs is refused without reviewers', {}, 'refused'],
    ['what differs goes on by its digest', { named: digestOfMeaning(now) }, 'proceed'],
    ['another digest is refused', { named: 'd'.repeat(64), review: shown, reviewers: 1 }, 'refused'],
    ['nothing to do is done by nobody', nothing, 'nothing'],
    ['nothing to do, unless somebody wants a look', { ...nothing, isForced: true, review: shown }, 'proceed'],
    ['nothing to apply while a swap is unfinished', { ...nothing, isSettled: false, review: shown }, 'proceed'],
    ['nothing to apply and another release to route', { ...nothing, serving: 'x', review: shown }, 'proceed'],
    ['nothing to apply before the first release', { ...nothing, meaning: meaning(null), serving: null }, 'nothing'],
  ])('%s', (_case, changes, expected) => {
    expect(decideOnPlan(facts(changes)).kind).toBe(expected);
  });
});
