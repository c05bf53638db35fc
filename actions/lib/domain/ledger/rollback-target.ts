import { isBusy, type EndpointView } from '../endpoint/endpoint.ts';
import { endpointConfigName, releaseIdOfConfig, type NamedEnvironment } from '../environment/names.ts';
import { oneOf, UserError } from '../errors/user-error.ts';
import type { ReleaseId } from '../release/release.ts';
import { isUnderWay, type History } from './history.ts';
import { describeRejection, isVerified, rejectionOf, verdictOf } from './standing.ts';

/** An attempt is older where it has begun and SageMaker updates nothing: its run was killed, or its update is over. */
const LONGEST_WAIT_FOR_UPDATE_MILLISECONDS = 10 * 60_000;

/**
 * The release that a rollback leaves, as the endpoint and the ledger show it when a person asks: what an attempt under way
 * brings, or wants to leave itself; what is coming in; else what serves. Null where that is none of this environment's.
 */
export function releaseToLeave(
  environment: NamedEnvironment,
  endpoint: EndpointView,
  { attempts: [newest] }: History,
  now: number,
): ReleaseId | null {
  const isBringing =
    newest !== undefined &&
    isUnderWay(newest, now) &&
    (isBusy(endpoint) || now - Date.parse(newest.at) < LONGEST_WAIT_FOR_UPDATE_MILLISECONDS);
  // Where a mix of two fleets serves, the good one is what served before the attempt.
  if (newest !== undefined && (isBringing || endpoint.status === 'UpdateRollbackFailed')) {
    const { task, release, leaves } = newest.begun;
    return task === 'rollback' ? leaves : release;
  }
  const config = isBusy(endpoint) && endpoint.pending !== null ? endpoint.pending.configName : endpoint.configName;
  return releaseIdOfConfig(environment, config) ?? null;
}

export interface RollbackQuestion {
  readonly environment: NamedEnvironment;
  /** What a person asked for; undefined leaves the choice to the ledger. */
  readonly asked: ReleaseId | undefined;
  /** Whether a release that was never verified will do. */
  readonly force: boolean;
  /** The release to get away from; null where it is none of this environment's. */
  readonly leaves: ReleaseId | null;
  /** Undefined where it could not be read. */
  readonly history: History | undefined;
  /** The releases in release.json: those that Terraform keeps a model and a config for. */
  readonly declared: readonly ReleaseId[];
}

export interface RollbackTarget {
  readonly release: ReleaseId;
  /** What was accepted by naming it. */
  readonly accepts: readonly ReleaseId[];
  readonly warnings: readonly string[];
}

/**
 * The release that a rollback goes to: the one asked for, or the last one that served verified before the one that is left.
 *
 * @throws UserError when there is none, or the one asked for is not declared or was never verified.
 */
export function chooseRollbackTarget(question: RollbackQuestion): RollbackTarget {
  return question.asked === undefined ? chooseByLedger(question) : checkAsked(question, question.asked);
}

function chooseByLedger({ environment, leaves, history, declared }: RollbackQuestion): RollbackTarget {
  if (history === undefined) throw new Error('without a ledger a release has to be named');
  const { attempts, damage } = history;
  const since = leaves === null ? -1 : attempts.findIndex(({ begun }) => begun.release === leaves);
  // Where the attempt that brought it may be lost, nothing tells what served before it.
  const isLost = damage !== null && leaves !== null && since === -1;
  const served = isLost ? [] : attempts.slice(since + 1).filter((attempt) => verdictOf(attempt) === 'passed');
  const before = [...new Set(served.map(({ begun }) => begun.release))].filter((release) => release !== leaves);
  const release = before.find((candidate) => isVerified(candidate, history, environment));
  if (release !== undefined && declared.includes(release)) return { release, accepts: [], warnings: [] };
  const rejected = before.flatMap((candidate) => {
    const rejection = rejectionOf(candidate, history, environment);
    return rejection === null ? [] : [describeRejection(candidate, rejection)];
  });
  const found = [
    ...(release === undefined ? [] : [`${release} is no longer in release.json`]),
    ...rejected,
    ...(damage === null ? [] : [`the ledger is damaged: ${damage}`]),
  ];
  throw new UserError({
    what: `There is no release of ${environment.name} to roll back to`,
    where: `the ledger of ${environment.name}`,
    expected: `a verified release that served before ${leaves ?? 'what serves'}`,
    found: found.length === 0 ? 'no other verified release' : found.join('; '),
    remedy: nameOne(declared.filter((id) => id !== leaves && rejectionOf(id, history, environment) === null)),
  });
}

function checkAsked({ environment, force, history, declared }: RollbackQuestion, release: ReleaseId): RollbackTarget {
  if (!declared.includes(release)) {
    throw new UserError({
      what: `Release ${release} cannot be rolled back to: it is not declared`,
      where: `environments/${environment.name}/release.json`,
      expected: oneOf(declared, 'any release'),
      found: release,
      remedy: 'Name a release that is listed, or add this one again by pull request.',
    });
  }
  // Whether it is rejected the ledger may not be able to say now: its name is accepted in any case.
  const accepts = [release];
  if (history === undefined) return { release, accepts, warnings: [] };
  const rejection = rejectionOf(release, history, environment);
  const warnings = rejection === null ? [] : [`taken by name although ${describeRejection(release, rejection)}`];
  if (isVerified(release, history, environment) || rejection?.kind === 'left') return { release, accepts, warnings };
  const unproven = `release ${release} was never verified in ${environment.name}`;
  // Releases from before the ledger have no facts, so that none can be asked for.
  if (history.attempts.length === 0) return { release, accepts, warnings: [`${unproven}: the ledger is empty`] };
  if (force) return { release, accepts, warnings: [...warnings, `${unproven}; forced`] };
  throw new UserError({
    what: `Release ${release} was never verified in ${environment.name}`,
    where: `the ledger of ${environment.name}`,
    expected: 'a passed verification of that release',
    found: rejection === null ? (history.damage ?? 'none') : describeRejection(release, rejection),
    remedy: 'Name a verified release, leave "release" empty for the one that served before, or set "force: true".',
  });
}

/** Whether what a rollback was to leave still serves, is coming in, or its target serves already. */
export function isStillWanted(
  environment: NamedEnvironment,
  endpoint: EndpointView,
  { leaves, target }: { readonly leaves: ReleaseId | null; readonly target: ReleaseId },
): boolean {
  if (leaves === null || endpoint.status === 'UpdateRollbackFailed') return true;
  const present = [endpoint.configName, endpoint.pending?.configName];
  return [leaves, target].some((release) => present.includes(endpointConfigName(environment, release)));
}

function nameOne(candidates: readonly ReleaseId[]): string {
  return candidates.length === 0
    ? 'No release in release.json is left to go to: bring one that works by pull request.'
    : `Name one with the input "release" (release.json has ${candidates.join(', ')}); "force: true" allows one that was never verified.`;
}
