import type { NamedEnvironment } from '../environment/names.ts';
import type { Attempt, History } from '../ledger/history.ts';
import { hasLeft, verdictOf } from '../ledger/standing.ts';
import type { ReleaseId } from '../release/release.ts';
import { percentile } from '../smoke/check.ts';

const DAY_MILLISECONDS = 24 * 60 * 60_000;
/** The figures are about this time before the board is made. */
export const WINDOW_DAYS = 365;

/** How fast and how safely an environment gets what was built. Durations are in milliseconds. */
export interface Figures {
  /** Deployments of a release that did not serve before, which changed what serves. */
  readonly deliveries: number;
  /** Of those: the ones whose release failed, or that a person left with a rollback. */
  readonly failures: number;
  /** Failures of all deliveries, 0 to 1; null without any. */
  readonly failureShare: number | null;
  /** Deliveries whose release was promoted, a week, since the first delivery in the window. */
  readonly perWeek: number;
  /** From the first entry of what was built in any release.json of the service to its first promotion here: the median. */
  readonly leadTime: number | null;
  /** From the fact that a release is bad to the end of the attempt after which a verified one serves: the median. */
  readonly timeToRestore: number | null;
  /** Deliveries by week, the oldest first. */
  readonly weeks: readonly Week[];
}

/** The deliveries of seven days. */
export interface Week {
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly promoted: number;
  readonly failed: number;
}

/** When something was built that an environment's release runs, in milliseconds; undefined where it is not known. */
export type BuiltAt = (release: ReleaseId) => number | undefined;

/** The four figures of an environment, from the facts of its ledger. */
export function measureDelivery(
  environment: NamedEnvironment,
  { attempts }: History,
  builtAt: BuiltAt,
  now: number,
): Figures {
  const start = now - WINDOW_DAYS * DAY_MILLISECONDS;
  const oldestFirst = attempts.toReversed();
  const all = oldestFirst.filter(isDelivery).map((attempt) => ({
    attempt,
    at: Date.parse(attempt.times.ended ?? attempt.at),
    failure: failureOf(attempt, oldestFirst, environment),
  }));
  const deliveries = all.filter(({ at }) => at >= start);
  const failures = deliveries.flatMap(({ failure }) => failure ?? []);
  const promoted = deliveries.filter(({ attempt }) => isPromoted(attempt));
  const [first] = deliveries;
  const weeks = first === undefined ? [] : weeksOf(deliveries, first.at, now);
  const firstPromotions = new Map(
    all
      .filter(({ attempt }) => isPromoted(attempt))
      .toReversed()
      .map(keyed),
  );
  const leads = [...firstPromotions].flatMap(([release, at]) => {
    const built = builtAt(release);
    return built === undefined || at < start ? [] : [at - built];
  });
  return {
    deliveries: deliveries.length,
    failures: failures.length,
    failureShare: deliveries.length === 0 ? null : failures.length / deliveries.length,
    perWeek: first === undefined ? 0 : promoted.length / Math.max(1, (now - first.at) / (7 * DAY_MILLISECONDS)),
    leadTime: median(leads),
    timeToRestore: median(failures.flatMap(({ from, until }) => (until === null ? [] : [until - from]))),
    weeks,
  };
}

function keyed({ attempt, at }: { readonly attempt: Attempt; readonly at: number }): [ReleaseId, number] {
  return [attempt.begun.release, at];
}

/** Whether an attempt brought a release that did not serve before, and changed what serves. */
function isDelivery(attempt: Attempt): boolean {
  const { begun, steps, foundBadAt } = attempt;
  if (begun.task !== 'deploy' || begun.release === begun.previousRelease) return false;
  return isPromoted(attempt) || steps.length > 0 || foundBadAt !== undefined;
}

function isPromoted({ ended }: Attempt): boolean {
  return ended?.outcome === 'promoted';
}

/** From when a release was known to be bad until a verified one served; null while none does. */
interface Failure {
  readonly from: number;
  readonly until: number | null;
}

function failureOf(attempt: Attempt, oldestFirst: readonly Attempt[], environment: NamedEnvironment): Failure | null {
  const { begun, ended, times, sequence } = attempt;
  const later = oldestFirst.filter((other) => other.sequence > sequence);
  if (verdictOf(attempt) === 'failed') {
    const wentBack = ended?.outcome === 'rolled-back' ? [attempt] : [];
    return restored(times.foundBad ?? attempt.at, [...wentBack, ...later.filter(hasPassed)]);
  }
  const again = later.findIndex((other) => other.begun.release === begun.release && isDelivery(other));
  const meanwhile = again === -1 ? later : later.slice(0, again);
  const rollback = meanwhile.find((other) => other.begun.leaves === begun.release && hasLeft(other, environment));
  if (rollback === undefined) return null;
  return restored(
    rollback.times.begun,
    later.filter((other) => other.sequence >= rollback.sequence && hasPassed(other)),
  );
}

function restored(from: string, [by]: readonly Attempt[]): Failure {
  return { from: Date.parse(from), until: by === undefined ? null : Date.parse(by.times.ended ?? by.at) };
}

function hasPassed(attempt: Attempt): boolean {
  return verdictOf(attempt) === 'passed';
}

function weeksOf(
  deliveries: readonly { readonly attempt: Attempt; readonly at: number; readonly failure: Failure | null }[],
  first: number,
  now: number,
): readonly Week[] {
  const length = 7 * DAY_MILLISECONDS;
  return Array.from({ length: Math.floor((now - first) / length) + 1 }, (_, index) => {
    const from = first + index * length;
    const within = deliveries.filter(({ at }) => at >= from && at < from + length);
    const failed = within.filter(({ failure }) => failure !== null).length;
    return { from, promoted: within.length - failed, failed };
  });
}

function median(values: readonly number[]): number | null {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
