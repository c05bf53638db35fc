import { endpointConfigName, releaseIdOfConfig, type NamedEnvironment } from '../environment/names.ts';
import type { ReleaseId } from '../release/release.ts';
import { isOpen, type Attempt, type History } from './history.ts';

/** Why a release must not serve until a person accepts it by name. */
export interface Rejection {
  readonly kind: 'failed' | 'left';
  readonly attempt: Attempt;
}

/** The verdict of an attempt on its release. What passed counts only where it is trusted; what failed always counts. */
export function verdictOf({ ended, steps, isTrusted }: Attempt): 'passed' | 'failed' | 'none' {
  if (ended?.verdict === 'failed') return 'failed';
  // An attempt that was cut short while it went back had found its release bad.
  if (ended === undefined && steps.some(({ phase }) => phase === 'rolling-back')) return 'failed';
  return ended?.verdict === 'passed' && isTrusted ? 'passed' : 'none';
}

/**
 * Why a release is rejected, or null: that it failed weighs more than that a person left it. It stays so until the release
 * passes after somebody has accepted it by name.
 */
export function rejectionOf(
  release: ReleaseId,
  { attempts }: History,
  environment: NamedEnvironment,
): Rejection | null {
  let left: Rejection | null = null;
  for (const attempt of attempts) {
    const { begun } = attempt;
    const verdict = begun.release === release ? verdictOf(attempt) : 'none';
    if (verdict === 'failed') return { kind: 'failed', attempt };
    if (begun.leaves === release && hasLeft(attempt, environment)) left ??= { kind: 'left', attempt };
    // What was asked for and did not happen counts for nothing: it has to have passed too.
    if (verdict === 'passed' && begun.accepts.includes(release)) break;
  }
  return left;
}

/** Whether the newest conclusive verdict on a release is that it works, and nothing rejects it. */
export function isVerified(release: ReleaseId, history: History, environment: NamedEnvironment): boolean {
  if (rejectionOf(release, history, environment) !== null) return false;
  const conclusive = history.attempts.find(
    (attempt) => attempt.begun.release === release && verdictOf(attempt) !== 'none',
  );
  return conclusive !== undefined && verdictOf(conclusive) === 'passed';
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
 * Whether a rollback has moved the endpoint to another release, as its end or the next attempt saw. One that is still under
 * way counts too.
 */
function hasLeft(attempt: Attempt, environment: NamedEnvironment): boolean {
  const { begun, ended, foundAfter } = attempt;
  if (begun.task !== 'rollback' || begun.leaves === begun.release) return false;
  const target = endpointConfigName(environment, begun.release);
  return isOpen(attempt) || (ended?.serves ?? foundAfter ?? null) === target;
}

/** The newest rollback by hand that has moved the endpoint, or is about to. */
export function newestRollback({ attempts }: History, environment: NamedEnvironment): Attempt | undefined {
  return attempts.find((attempt) => hasLeft(attempt, environment));
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
  /** Whether the commit that is deployed was on the main branch before the newest rollback, or that can't be told. */
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
  const { task, release } = newest?.begun ?? {};
  // A run that was cut short is finished, which may be to go back: what it found itself does not hold it.
  const isContinued = newest !== undefined && isOpen(newest) && task === 'deploy' && release === candidate.release;
  if (!isContinued) return holdByFacts(candidate, history, environment);
  const accepts = [...candidate.accepts, ...newest.begun.accepts];
  return holdByFacts({ ...candidate, accepts }, { ...history, attempts: earlier }, environment);
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
  const rollback = newestRollback(history, environment);
  if (rollback === undefined || rollback.begun.release === release || !candidate.isBeforeRollback) return null;
  return {
    reason: `${describeRollback(rollback)}, and this commit was on the main branch before it`,
    remedy: lift,
  };
}

/** Whether what serves is what the newest attempt left, or could have left; before the first one anything is. */
export function isExplained(
  servingConfig: string,
  { attempts: [newest] }: History,
  environment: NamedEnvironment,
): boolean {
  if (newest === undefined) return true;
  const { begun, ended } = newest;
  const isClear = ended !== undefined && (ended.outcome === 'promoted' || ended.outcome === 'rolled-back');
  if (isClear) return ended.serves === servingConfig;
  return [endpointConfigName(environment, begun.release), begun.servedBefore, ended?.serves].includes(servingConfig);
}

function unexplained(
  servingConfig: string,
  serving: string,
  { attempts: [newest] }: History,
  environment: NamedEnvironment,
): Hold {
  const left = newest?.ended?.serves ?? newest?.begun.servedBefore ?? 'nothing';
  return {
    reason: `${servingConfig} serves, and the newest attempt (${newest?.runUrl ?? 'none'}) left ${left}: it was changed outside the workflows`,
    remedy: `Find out who changed it and why. To go on, run the workflow Deploy for ${environment.name} with accept-serving: ${serving}.`,
  };
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
