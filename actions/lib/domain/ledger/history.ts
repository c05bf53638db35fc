import type { ReleaseId } from '../release/release.ts';
import {
  decodeFact,
  digestOfFact,
  type Begun,
  type Ended,
  type Fact,
  type FactObject,
  type FactPlace,
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
  /** Sequence number of that fact. */
  readonly endedAt: number | undefined;
  /** Sequence number of the first fact that says that its release is bad. */
  readonly foundBadAt: number | undefined;
  /** ISO 8601: when its newest fact was written. */
  readonly at: string;
  /** ISO 8601: when its first fact, the first that says that its release is bad, and its end were written. */
  readonly times: { readonly begun: string; readonly foundBad: string | undefined; readonly ended: string | undefined };
  /** The commit that its first run was for. */
  readonly commit: string;
  readonly runUrl: string;
  /** Whether every fact from its first one on is there and unchanged: only then does what passed count. */
  readonly isTrusted: boolean;
  /** The endpoint config that the next attempt found serving; undefined for the newest attempt. */
  readonly foundAfter: string | undefined;
  /** The endpoint configs that its runs saw serving in the end; where none did, the one that the next attempt found. */
  readonly seenAfter: readonly string[];
}

/** What an environment's ledger says. */
export interface History {
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  /** Why the ledger is not whole; null where it is. What came before the damage counts only against a release. */
  readonly damage: string | null;
}

export const NO_HISTORY: History = { attempts: [], damage: null };

/**
 * The attempts that facts tell of. Facts are chained by digest: where one is missing, changed or foreign, nothing before it
 * is trusted, since what it said is not known. Nor is the fact after it, whose own place in the chain can't be checked.
 * The loss of the newest facts can't be seen: no later one names them.
 */
export function readHistory(objects: readonly FactObject[], place: FactPlace): History {
  const sorted = objects.toSorted((a, b) => a.sequence - b.sequence);
  const attempts: Attempt[] = [];
  let damage: string | null = null;
  /** Sequence number of the newest damage: only what comes after it is trusted. */
  let damagedAt = 0;
  sorted.forEach((object, index) => {
    const fact = decodeFact(object);
    const problem = problemOf(object, fact, sorted[index - 1], place);
    if (problem !== null) {
      damage = problem;
      damagedAt = object.sequence;
    }
    if (fact === undefined || !isOf(fact, place)) return;
    if (fact.content.kind === 'begun') {
      begin(attempts, fact, fact.content);
      return;
    }
    const { attempt } = fact.content;
    if (!proceed(attempts, fact, fact.content)) {
      damage ??= `fact ${fact.sequence} belongs to attempt ${attempt}, whose first fact is missing`;
      damagedAt = fact.sequence;
    }
    // Of an attempt from before the damage it is not known which release this says something of.
    if (attempt <= damagedAt) damagedAt = fact.sequence;
  });
  return {
    attempts: attempts.map((attempt) => ({ ...attempt, isTrusted: attempt.sequence > damagedAt })).toReversed(),
    damage,
  };
}

/** Adds an attempt by its first fact. */
function begin(attempts: Attempt[], { sequence, at, origin }: Fact, begun: Begun): void {
  const newest = attempts.at(-1);
  if (newest !== undefined) {
    const seenAfter = newest.seenAfter.length > 0 ? newest.seenAfter : [begun.servedBefore];
    attempts[attempts.length - 1] = { ...newest, foundAfter: begun.servedBefore, seenAfter };
  }
  attempts.push({
    ...{ sequence, begun, steps: [], ended: undefined, endedAt: undefined, foundBadAt: undefined, at },
    times: { begun: at, foundBad: undefined, ended: undefined },
    ...{ commit: origin.commit, runUrl: origin.run.url, isTrusted: true, foundAfter: undefined, seenAfter: [] },
  });
}

/** Adds a later fact to its attempt; gives whether there is one. */
function proceed(attempts: Attempt[], { sequence, at }: Fact, content: Step | Ended): boolean {
  const position = attempts.findIndex((attempt) => attempt.sequence === content.attempt);
  const attempt = attempts[position];
  if (attempt === undefined) return false;
  if (content.kind === 'step') {
    // A run that goes back has found its release bad, however a later run ends the attempt.
    const bad = content.phase === 'rolling-back' ? findBad(attempt, sequence, at) : {};
    attempts[position] = { ...attempt, at, steps: [...attempt.steps, content], ...bad };
    return true;
  }
  // Once another attempt has begun, what serves is no longer this one's.
  const seen = content.serves === null || attempt.foundAfter !== undefined ? [] : [content.serves];
  const seenAfter = [...attempt.seenAfter, ...seen];
  const found = content.verdict === 'failed' ? { ...attempt, ...findBad(attempt, sequence, at) } : attempt;
  // Two runs may have ended the same attempt: the stricter of two ends counts.
  const counts = attempt.ended === undefined || STRICTNESS[content.verdict] >= STRICTNESS[attempt.ended.verdict];
  const end = counts ? { ended: content, endedAt: sequence, times: { ...found.times, ended: at } } : {};
  attempts[position] = { ...found, at, seenAfter, ...end };
  return true;
}

/** What a fact that says that the release is bad changes; nothing where an earlier one says it already. */
function findBad({ foundBadAt, times }: Attempt, sequence: number, at: string): Partial<Attempt> {
  return foundBadAt === undefined ? { foundBadAt: sequence, times: { ...times, foundBad: at } } : {};
}

const STRICTNESS = { passed: 0, none: 1, failed: 2 } as const;

/** What is wrong with an object, or between it and the one before. */
function problemOf(
  object: FactObject,
  fact: Fact | undefined,
  before: FactObject | undefined,
  place: FactPlace,
): string | null {
  const name = `fact ${String(object.sequence)}`;
  if (fact === undefined) return `${name} is not a fact that this version reads`;
  if (!isOf(fact, place)) return `${name} is about another repository, account or endpoint`;
  const expected = (before?.sequence ?? 0) + 1;
  if (object.sequence !== expected) {
    return `fact ${String(expected)}${object.sequence - expected > 1 ? ` to ${String(object.sequence - 1)}` : ''} is missing`;
  }
  const previous = before === undefined ? null : digestOfFact(before.bytes);
  return fact.previous === previous
    ? null
    : `fact ${String(expected - 1)} is not the one that ${name} was written after`;
}

function isOf({ origin }: Fact, place: FactPlace): boolean {
  return (
    origin.repository === place.repository &&
    origin.account === place.account &&
    origin.region === place.region &&
    origin.endpoint === place.endpoint
  );
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
