import { endpointConfigName, releaseIdOfConfig, type NamedEnvironment } from '../environment/names.ts';
import type { ReleaseId } from '../release/release.ts';
import { isOpen, type Attempt, type History } from './history.ts';

/** Why a release must not serve until a person accepts it by name. */
export interface Rejection {
  readonly kind: 'failed' | 'left';
  readonly attempt: Attempt;
}

/** The verdict of an attempt on its release. What passed counts only where it is trusted; what failed always counts. */
export function verdictOf({ ended, foundBadAt, isTrusted }: Attempt): 'passed' | 'failed' | 'none' {
  if (foundBadAt !== undefined) return 'failed';
  return ended?.verdict === 'passed' && isTrusted ? 'passed' : 'none';
}

/**
 * Why a release is rejected, or null: that it failed weighs more than that a person left it. It stays so until it passes in
 * an attempt that accepts it by name. That lifts what was recorded before the attempt, and nothing that is recorded later.
 */
export function rejectionOf(
  release: ReleaseId,
  { attempts }: History,
  environment: NamedEnvironment,
): Rejection | null {
  // What was asked for and did not happen counts for nothing: it has to have passed too.
  const accepted = attempts.find(
    (attempt) =>
      attempt.begun.release === release && attempt.begun.accepts.includes(release) && verdictOf(attempt) === 'passed',
  );
  const later = attempts.filter(({ sequence }) => accepted === undefined || sequence > accepted.sequence);
  const failed = attempts.find(
    ({ begun, foundBadAt = 0 }) => begun.release === release && foundBadAt > (accepted?.sequence ?? 0),
  );
  if (failed !== undefined) return { kind: 'failed', attempt: failed };
  const left = later.find((attempt) => attempt.begun.leaves === release && hasLeft(attempt, environment));
  return left === undefined ? null : { kind: 'left', attempt: left };
}

/** Whether the newest conclusive verdict on a release is that it works, and nothing rejects it. */
export function isVerified(release: ReleaseId, history: History, environment: NamedEnvironment): boolean {
  if (rejectionOf(release, history, environment) !== null) return false;
  const [newest] = history.attempts
    .filter((attempt) => attempt.begun.release === release && verdictOf(attempt) !== 'none')
    .toSorted((a, b) => foundAt(b) - foundAt(a));
  return newest !== undefined && verdictOf(newest) === 'passed';
}

/** When a verdict was recorded. Runs may overlap, so that it is not always the newest attempt that found something last. */
function foundAt({ foundBadAt, endedAt, sequence }: Attempt): number {
  return foundBadAt ?? endedAt ?? sequence;
}

/** The releases that are verified, the one that passed last first. */
export function verifiedReleases(history: History, environment: NamedEnvironment): readonly ReleaseId[] {
  const passed = history.attempts.filter((attempt) => verdictOf(attempt) === 'passed');
  return [...new Set(passed.map(({ begun }) => begun.release))].filter((id) => isVerified(id, history, environment));
}

/**
 * The smoke cases that a release is asked: those with which it last passed, else those of its first deployment. A recheck
 * that failed, with other cases, changes nothing about them.
 */
export function smokeCasesOf(release: ReleaseId, { attempts }: History): unknown {
  const asked = attempts.filter(({ begun }) => begun.release === release && begun.smoke !== undefined);
  return (asked.find((attempt) => verdictOf(attempt) === 'passed') ?? asked.at(-1))?.begun.smoke;
}

/** The attempt that last verified a release. */
export function verificationOf(release: ReleaseId, { attempts }: History): Attempt | undefined {
  return attempts.find((attempt) => attempt.begun.release === release && verdictOf(attempt) === 'passed');
}

/**
 * Whether a rollback has moved the endpoint to another release, as its runs or the next attempt saw. One that is still under
 * way counts too, and one after which nobody has seen what serves.
 */
export function hasLeft(attempt: Attempt, environment: NamedEnvironment): boolean {
  const { begun, ended, seenAfter } = attempt;
  if (begun.task !== 'rollback' || begun.leaves === begun.release) return false;
  const isUnseen = seenAfter.length === 0 && ended?.outcome !== 'refused';
  return isOpen(attempt) || isUnseen || seenAfter.includes(endpointConfigName(environment, begun.release));
}

/** The newest rollback by hand that has moved the endpoint, or is about to. */
export function newestRollback({ attempts }: History, environment: NamedEnvironment): Attempt | undefined {
  return attempts.find((attempt) => hasLeft(attempt, environment));
}

/**
 * The commit that a deployment has to come after: that of the newest rollback, or null. Where a rollback may be among what is
 * lost, that of the first attempt that is surely newer.
 */
export function commitToFollow(history: History, environment: NamedEnvironment): string | null {
  const rollback = newestRollback(history, environment);
  const newer = missesRollbacks(history, rollback)
    ? history.attempts.findLast(({ isTrusted }) => isTrusted)
    : undefined;
  return (newer ?? rollback)?.commit ?? null;
}

/** The newest commit whose plan was applied here: a deployment begins after that. Null where none is known. */
export function lastApplied({ attempts }: History): string | null {
  return attempts.find(({ begun }) => begun.task === 'deploy')?.commit ?? null;
}

/** The newest commit that was applied here, routed and verified; null where none is known. */
export function lastDeployed({ attempts }: History): string | null {
  return attempts.find(({ begun, ended }) => begun.task === 'deploy' && ended?.outcome === 'promoted')?.commit ?? null;
}

/** Whether a release is verified, and no attempt is under way or was cut short. */
export function isSettledOn(release: ReleaseId, history: History, environment: NamedEnvironment): boolean {
  const [newest] = history.attempts;
  return newest !== undefined && !isOpen(newest) && isVerified(release, history, environment);
}

/** Whether a rollback that is newer than the newest one that is known may be lost. */
function missesRollbacks({ damage }: History, newest: Attempt | undefined): boolean {
  return damage !== null && newest?.isTrusted !== true;
}

/** A release that is put forward to be routed to. */
export interface Candidate {
  readonly release: ReleaseId;
  /** What a person names, so that it may serve although it was rejected. */
  readonly accepts: readonly ReleaseId[];
  /** What a person names, so that it may be replaced although no fact explains why it serves. */
  readonly acceptsServing: string | null;
  /** The endpoint config that serves. */
  readonly servingConfig: string;
  /** Whether the commit that is deployed does not come after {@link commitToFollow}, or that can't be told. */
  readonly isBeforeRollback: boolean;
}

/** Why routing to a release is held, and how that is lifted. */
export interface Hold {
  readonly reason: string;
  readonly remedy: string;
}

/** Why a deployment must not route to a release, or null where it may. */
export function holdOn(candidate: Candidate, history: History, environment: NamedEnvironment): Hold | null {
  const { servingConfig } = candidate;
  if (!isExplained(servingConfig, history, environment)) {
    const serving = releaseIdOfConfig(environment, servingConfig) ?? servingConfig;
    if (candidate.acceptsServing !== serving) return unexplained(servingConfig, serving, history, environment);
  }
  const [newest, ...earlier] = history.attempts;
  if (newest === undefined) return holdByFacts(candidate, history, environment);
  const { task, release } = newest.begun;
  // A run that was cut short is finished, which may be to go back: what it found itself does not hold it.
  const isContinued = isOpen(newest) && task === 'deploy' && release === candidate.release;
  if (!isContinued) return holdByFacts(candidate, history, environment);
  const accepts = newest.isTrusted ? [...candidate.accepts, ...newest.begun.accepts] : candidate.accepts;
  const attempts = [{ ...newest, foundBadAt: undefined }, ...earlier];
  return holdByFacts({ ...candidate, accepts }, { ...history, attempts }, environment);
}

function holdByFacts(candidate: Candidate, history: History, environment: NamedEnvironment): Hold | null {
  const { release, accepts } = candidate;
  const { name } = environment;
  if (accepts.includes(release)) return null;
  const lift = `Set "live" to another release by pull request, or run the workflow Deploy for ${name} with accept-rejected: ${release}.`;
  const rejection = rejectionOf(release, history, environment);
  if (rejection !== null) return { reason: describeRejection(release, rejection), remedy: lift };
  if (history.damage !== null && !isVerified(release, history, environment)) {
    const reason = `the ledger is damaged (${history.damage}), so it may not tell what was found of release ${release}`;
    return { reason, remedy: lift };
  }
  if (!candidate.isBeforeRollback) return null;
  const rollback = newestRollback(history, environment);
  if (missesRollbacks(history, rollback)) {
    const reason = `the ledger is damaged (${history.damage ?? ''}), and this commit was on the main branch before a rollback that may be missing in it`;
    return { reason, remedy: lift };
  }
  if (rollback === undefined || rollback.begun.release === release) return null;
  return {
    reason: `${describeRollback(rollback)}, and this commit was on the main branch before it`,
    remedy: lift,
  };
}

/**
 * Whether what serves is what the newest attempt left, or could have left; before the first one anything is. In a damaged
 * ledger a newer attempt may be missing.
 */
export function isExplained(
  servingConfig: string,
  { attempts: [newest], damage }: History,
  environment: NamedEnvironment,
): boolean {
  if (newest === undefined && damage === null) return true;
  return newest?.isTrusted === true && mayLeave(newest, environment).includes(servingConfig);
}

function unexplained(
  servingConfig: string,
  serving: string,
  { attempts: [newest], damage }: History,
  environment: NamedEnvironment,
): Hold {
  const remedy = `Find out who changed it and why. To go on, run the workflow Deploy for ${environment.name} with accept-serving: ${serving}.`;
  if (newest?.isTrusted !== true) {
    const reason = `${servingConfig} serves, and the ledger is damaged (${damage ?? ''}), so that it does not tell why`;
    return { reason, remedy };
  }
  const left = newest.ended?.serves ?? endpointConfigName(environment, newest.begun.release);
  return {
    reason: `${servingConfig} serves, and the newest attempt (${newest.runUrl}) left ${left}: it was changed outside the workflows`,
    remedy,
  };
}

/** The endpoint configs that may serve after an attempt. */
function mayLeave({ begun, ended }: Attempt, environment: NamedEnvironment): readonly (string | null)[] {
  if (ended?.outcome === 'promoted' || ended?.outcome === 'rolled-back') return [ended.serves];
  return [endpointConfigName(environment, begun.release), begun.servedBefore, ended?.serves ?? null];
}

/** One line on why a release is rejected. */
export function describeRejection(release: ReleaseId, { kind, attempt }: Rejection): string {
  if (kind === 'left') return `${describeRollback(attempt)}, which left release ${release}`;
  const cause = attempt.ended?.cause ?? attempt.steps.at(-1)?.cause ?? 'it was found bad';
  return `release ${release} failed here (${attempt.runUrl}): ${cause}`;
}

function describeRollback({ begun, runUrl }: Attempt): string {
  const why = begun.reason === null ? '' : `, "${begun.reason}"`;
  return `a person rolled back to release ${begun.release} (${runUrl}${why})`;
}
