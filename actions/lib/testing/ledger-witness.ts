import { endpointConfigName, releaseIdOfConfig } from '../domain/environment/names.ts';
import { encodeFact, type Begun, type Ended, type FactContent, type FactObject } from '../domain/ledger/fact.ts';
import type { Candidate } from '../domain/ledger/standing.ts';
import { TEST_LEDGER_ENVIRONMENT, TEST_ORIGIN } from './test-ledger.ts';

export const configOf = (release: string): string => endpointConfigName(TEST_LEDGER_ENVIRONMENT, release);

/** What a witness knows of an attempt, beyond what its facts say. */
export interface WitnessedAttempt {
  readonly number: number;
  readonly begun: Begun;
  /** Ends, oldest first; more than one where two runs ended it. */
  readonly ends: { readonly at: number; readonly end: Ended }[];
  /** Whether the next attempt has begun. */
  isFollowed: boolean;
  foundBadAt: number | undefined;
}

/** A reason not to route to a release, until the release passes in a later attempt that accepts it by name. */
interface Objection {
  readonly kind: 'failed' | 'left';
  readonly release: string;
  readonly by: WitnessedAttempt;
  /** Number of the fact that records it. */
  readonly at: number;
  /** Of a rollback: whether it moved the endpoint, so far as anybody has seen. */
  moved: 'yes' | 'no' | 'unseen';
}

/**
 * A witness of an environment: it sees each event when it happens, and keeps its own lists. What it says is what the ledger
 * has to say, as long as every fact is there.
 */
export interface Witness {
  /** The endpoint config that serves. */
  serving: string;
  readonly attempts: readonly WitnessedAttempt[];
  newest(): WitnessedAttempt | undefined;
  begin(begun: Omit<Begun, 'kind' | 'servedBefore' | 'previousRelease' | 'image'>): WitnessedAttempt;
  step(attempt: WitnessedAttempt, phase: 'updating' | 'rolling-back'): void;
  end(attempt: WitnessedAttempt, end: Pick<Ended, 'outcome' | 'verdict' | 'serves'>): void;
  rejection(release: string): 'failed' | 'left' | null;
  isVerified(release: string): boolean;
  /** The releases that a rollback may go to without a name, the one it does go to first. */
  targets(leaves: string | null): readonly string[];
  isHeld(candidate: Candidate): boolean;
}

/** Whether an attempt has neither ended nor been followed by another one. */
export const isUnfinished = ({ ends, isFollowed }: WitnessedAttempt): boolean => ends.length === 0 && !isFollowed;

/** A witness that writes what it sees into a ledger; others may damage the ledger meanwhile. */
export function createWitness(objects: FactObject[], newId: () => string): Witness {
  const attempts: WitnessedAttempt[] = [];
  const objections: Objection[] = [];
  const rollbacks: Objection[] = [];
  let clock = Date.UTC(2026, 0, 1);
  const write = (content: FactContent): number => {
    const at = new Date((clock += 60_000)).toISOString();
    const fact = encodeFact(content, { id: newId(), at, origin: TEST_ORIGIN, after: objects.at(-1) });
    objects.push(fact);
    return fact.sequence;
  };
  /** Somebody looked at what serves after an attempt. */
  const look = (attempt: WitnessedAttempt, config: string): void => {
    for (const rollback of rollbacks.filter(({ by }) => by === attempt)) {
      if (config === configOf(attempt.begun.release)) rollback.moved = 'yes';
      else if (rollback.moved === 'unseen') rollback.moved = 'no';
    }
  };
  const findBad = (attempt: WitnessedAttempt, at: number): void => {
    if (attempt.foundBadAt !== undefined) return;
    attempt.foundBadAt = at;
    objections.push({ kind: 'failed', release: attempt.begun.release, by: attempt, at, moved: 'yes' });
  };
  const verdictOf = ({ ends, foundBadAt }: WitnessedAttempt): { verdict: 'passed' | 'failed'; at: number } | null => {
    if (foundBadAt !== undefined) return { verdict: 'failed', at: foundBadAt };
    const last = ends.at(-1);
    return last !== undefined && ends.every(({ end }) => end.verdict === 'passed')
      ? { verdict: 'passed', at: last.at }
      : null;
  };
  const counts = ({ kind, by, moved }: Objection): boolean =>
    kind === 'failed' ||
    isUnfinished(by) ||
    moved === 'yes' ||
    // Nobody knows: that a person wanted to leave the release is reason enough.
    (moved === 'unseen' && by.ends.at(-1)?.end.outcome !== 'refused');

  /** The objections that no later attempt has lifted. */
  const standing = (release: string): readonly Objection[] => {
    const accepted = attempts.findLast(
      (attempt) =>
        attempt.begun.release === release &&
        attempt.begun.accepts.includes(release) &&
        verdictOf(attempt)?.verdict === 'passed',
    );
    return objections.filter(
      (objection) => objection.release === release && objection.at > (accepted?.number ?? 0) && counts(objection),
    );
  };

  const witness: Witness = {
    serving: configOf('000000000000'),
    attempts,
    newest: () => attempts.at(-1),
    begin: (given) => {
      const before = attempts.at(-1);
      if (before !== undefined) {
        before.isFollowed = true;
        if (rollbacks.some(({ by, moved }) => by === before && moved === 'unseen')) look(before, witness.serving);
      }
      const begun: Begun = {
        ...{ kind: 'begun', image: 'image', servedBefore: witness.serving, previousRelease: null },
        ...given,
      };
      const attempt: WitnessedAttempt = {
        ...{ number: write(begun), begun, ends: [] },
        ...{ isFollowed: false, foundBadAt: undefined },
      };
      attempts.push(attempt);
      if (begun.task === 'rollback' && begun.leaves !== begun.release) {
        const at = attempt.number;
        const objection: Objection = { kind: 'left', release: begun.leaves ?? '', by: attempt, at, moved: 'unseen' };
        objections.push(objection);
        rollbacks.push(objection);
      }
      return attempt;
    },
    step: (attempt, phase) => {
      const at = write({ kind: 'step', attempt: attempt.number, phase, cause: phase });
      if (phase === 'rolling-back') findBad(attempt, at);
    },
    end: (attempt, given) => {
      const end: Ended = { kind: 'ended', attempt: attempt.number, cause: given.outcome, evidence: null, ...given };
      const at = write(end);
      attempt.ends.push({ at, end });
      if (given.verdict === 'failed') findBad(attempt, at);
      if (given.serves !== null && !attempt.isFollowed) look(attempt, given.serves);
    },
    rejection: (release) => {
      const kinds = standing(release).map(({ kind }) => kind);
      return kinds.includes('failed') ? 'failed' : (kinds[0] ?? null);
    },
    isVerified: (release) => {
      if (witness.rejection(release) !== null) return false;
      const verdicts = attempts
        .filter(({ begun }) => begun.release === release)
        .flatMap((attempt) => verdictOf(attempt) ?? []);
      return verdicts.toSorted((a, b) => b.at - a.at)[0]?.verdict === 'passed';
    },
    targets: (leaves) => {
      const arrival = leaves === null ? -1 : attempts.findLastIndex(({ begun }) => begun.release === leaves);
      const before = (arrival === -1 ? attempts : attempts.slice(0, arrival)).toReversed();
      const served = before.filter((attempt) => verdictOf(attempt)?.verdict === 'passed');
      const releases = new Set(served.map(({ begun }) => begun.release));
      return [...releases].filter((release) => release !== leaves && witness.isVerified(release));
    },
    isHeld: ({ release, accepts, acceptsServing, servingConfig, isBeforeRollback }) => {
      const newest = attempts.at(-1);
      if (newest === undefined) return false;
      const serving = releaseIdOfConfig(TEST_LEDGER_ENVIRONMENT, servingConfig) ?? servingConfig;
      if (!mayServeAfter(newest).includes(servingConfig) && acceptsServing !== serving) return true;
      if (accepts.includes(release)) return false;
      const isContinued = isUnfinished(newest) && newest.begun.task === 'deploy' && newest.begun.release === release;
      if (isContinued && newest.begun.accepts.includes(release)) return false;
      if (standing(release).some(({ by }) => !(isContinued && by === newest))) return true;
      const rollback = rollbacks.findLast(counts);
      return rollback !== undefined && rollback.by.begun.release !== release && isBeforeRollback;
    },
  };
  return witness;
}

/** The configs that may serve after an attempt, where nobody but it has changed anything. */
function mayServeAfter({ begun, ends }: WitnessedAttempt): readonly (string | null)[] {
  // Of several ends the strictest counts, of two alike the later one.
  const strictness = { passed: 0, none: 1, failed: 2 };
  const end = ends.toSorted((a, b) => strictness[b.end.verdict] - strictness[a.end.verdict] || b.at - a.at)[0]?.end;
  if (end?.outcome === 'promoted' || end?.outcome === 'rolled-back') return [end.serves];
  return [configOf(begun.release), begun.servedBefore, end?.serves ?? null];
}
