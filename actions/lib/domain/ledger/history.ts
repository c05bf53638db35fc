import type { ReleaseId } from '../release/release.ts';
import {
  decodeFact,
  digestOfFact,
  type Begun,
  type Ended,
  type Fact,
  type FactObject,
  type FactOrigin,
  type Step,
} from './fact.ts';

/** One attempt to change what an environment serves, as its facts tell it. */
export interface Attempt {
  /** Sequence number of its first fact. */
  readonly sequence: number;
  readonly begun: Begun;
  readonly steps: readonly Step[];
  /** Undefined while it runs, or where its run was killed. */
  readonly ended: Ended | undefined;
  /** ISO 8601: when its newest fact was written. */
  readonly at: string;
  /** The commit that its first run was for. */
  readonly commit: string;
  readonly runUrl: string;
  /** Whether every fact since it began is there and unchanged: only then does what passed count. */
  readonly isTrusted: boolean;
  /** The endpoint config that the next attempt found serving; undefined for the newest attempt. */
  readonly foundAfter: string | undefined;
}

/** What an environment's ledger says. */
export interface History {
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  /** Why the ledger is not whole; null where it is. What came before the damage counts only against a release. */
  readonly damage: string | null;
}

export const NO_HISTORY: History = { attempts: [], damage: null };

/** The place that facts have to come from. */
export type FactPlace = Pick<FactOrigin, 'repository' | 'account' | 'region' | 'endpoint'>;

/**
 * The attempts that facts tell of. Facts are chained by digest: where one is missing, changed or foreign, nothing before it
 * is trusted, since what it said is not known.
 */
export function readHistory(objects: readonly FactObject[], place: FactPlace): History {
  const sorted = objects.toSorted((a, b) => a.sequence - b.sequence);
  const facts: { readonly fact: Fact; readonly index: number }[] = [];
  let damage: string | null = null;
  /** Index of the first object after the newest damage. */
  let trustedFrom = 0;
  sorted.forEach((object, index) => {
    const before = sorted[index - 1];
    const fact = decodeFact(object);
    const problem = problemOf(object, fact, before, place);
    if (problem !== null) {
      damage = problem.text;
      trustedFrom = problem.isOwn ? index + 1 : index;
    }
    if (fact !== undefined && isOf(fact, place)) facts.push({ fact, index });
  });
  const attempts: Attempt[] = [];
  for (const { fact, index } of facts) {
    const { content } = fact;
    if (content.kind === 'begun') {
      const newest = attempts.at(-1);
      if (newest !== undefined) attempts[attempts.length - 1] = { ...newest, foundAfter: content.servedBefore };
      attempts.push({
        sequence: fact.sequence,
        begun: content,
        steps: [],
        ended: undefined,
        at: fact.at,
        commit: fact.origin.commit,
        runUrl: fact.origin.run.url,
        isTrusted: index >= trustedFrom,
        foundAfter: undefined,
      });
      continue;
    }
    const position = attempts.findIndex(({ sequence }) => sequence === content.attempt);
    const attempt = attempts[position];
    if (attempt === undefined) continue;
    attempts[position] =
      content.kind === 'step'
        ? { ...attempt, at: fact.at, steps: [...attempt.steps, content] }
        : { ...attempt, at: fact.at, ended: sterner(attempt.ended, content) };
  }
  return { attempts: attempts.reverse(), damage };
}

/** What is wrong with an object: of its own, or with what should stand before it. */
function problemOf(
  object: FactObject,
  fact: Fact | undefined,
  before: FactObject | undefined,
  place: FactPlace,
): { readonly text: string; readonly isOwn: boolean } | null {
  const name = `fact ${String(object.sequence)}`;
  if (fact === undefined) return { text: `${name} is not a fact that this version reads`, isOwn: true };
  if (!isOf(fact, place)) return { text: `${name} is about another repository, account or endpoint`, isOwn: true };
  const expected = (before?.sequence ?? 0) + 1;
  if (object.sequence !== expected) {
    const missing = `fact ${String(expected)}${object.sequence - expected > 1 ? ` to ${String(object.sequence - 1)}` : ''}`;
    return { text: `${missing} is missing`, isOwn: false };
  }
  const previous = before === undefined ? null : digestOfFact(before.bytes);
  if (fact.previous === previous) return null;
  return { text: `fact ${String(expected - 1)} is not the one that ${name} was written after`, isOwn: false };
}

function isOf({ origin }: Fact, place: FactPlace): boolean {
  return (
    origin.repository === place.repository &&
    origin.account === place.account &&
    origin.region === place.region &&
    origin.endpoint === place.endpoint
  );
}

const STERNNESS = { passed: 0, none: 1, failed: 2 } as const;

/** Two runs may have ended the same attempt: the stricter of two ends counts. */
function sterner(one: Ended | undefined, other: Ended): Ended {
  return one === undefined || STERNNESS[other.verdict] >= STERNNESS[one.verdict] ? other : one;
}

/** Whether an attempt has neither ended nor been followed by another one. */
export function isOpen({ ended, foundAfter }: Attempt): boolean {
  return ended === undefined && foundAfter === undefined;
}

/** No job of this repository runs longer: an attempt whose newest fact is older has no run any more. */
const LONGEST_RUN_MILLISECONDS = 5 * 60 * 60_000;

/** Whether an attempt may still have a run, at a time in milliseconds since the Unix epoch. */
export function isUnderWay(attempt: Attempt, now: number): boolean {
  return isOpen(attempt) && now - Date.parse(attempt.at) < LONGEST_RUN_MILLISECONDS;
}

/** How far an unfinished attempt came: `update` once SageMaker accepted its update. */
export function progressOf({ steps }: Attempt): 'swap' | 'update' | 'roll-back' {
  if (steps.some(({ phase }) => phase === 'rolling-back')) return 'roll-back';
  return steps.length > 0 ? 'update' : 'swap';
}

/** What the newest deployment of a release kept with its facts. */
export function keptFor<Kept>(
  { attempts }: History,
  release: ReleaseId,
  pick: (begun: Begun) => Kept | undefined,
): Kept | undefined {
  for (const { begun } of attempts) {
    if (begun.task !== 'deploy' || begun.release !== release) continue;
    const kept = pick(begun);
    if (kept !== undefined) return kept;
  }
  return undefined;
}
