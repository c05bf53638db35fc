import { UserError } from '../errors/user-error.ts';
import { isVerified, type AttemptRecord } from './ledger.ts';
import type { ReleaseId } from '../release/release.ts';

export interface RollbackQuestion {
  readonly environment: string;
  /** What a person asked for; undefined leaves the choice to the ledger. */
  readonly asked: ReleaseId | undefined;
  /** Whether a release that was never verified will do. */
  readonly force: boolean;
  /** The release to get away from, where it is one of this environment's: what serves, or was about to. */
  readonly leaving: ReleaseId | undefined;
  /** Newest first. */
  readonly attempts: readonly AttemptRecord[];
  /** The releases in release.json: those that Terraform keeps a model and a config for. */
  readonly declared: readonly ReleaseId[];
}

export interface RollbackTarget {
  readonly release: ReleaseId;
  readonly warnings: readonly string[];
}

/**
 * The release that a rollback goes to: the one asked for, or the last verified one that isn't left, is still declared,
 * and was not itself rolled back from.
 *
 * @throws UserError when there is none, or the one asked for is not declared or was never verified.
 */
export function chooseRollbackTarget(question: RollbackQuestion): RollbackTarget {
  return question.asked === undefined ? chooseByLedger(question) : checkAsked(question, question.asked);
}

function chooseByLedger({ environment, leaving, attempts, declared }: RollbackQuestion): RollbackTarget {
  const candidates = [...new Set(attempts.filter(isVerified).map(({ payload }) => payload.release))].filter(
    (release) => release !== leaving,
  );
  const abandoned = candidates.filter((release) => wasRolledBackFrom(release, attempts));
  const dropped = candidates.filter((release) => !declared.includes(release));
  const release = candidates.find((candidate) => !abandoned.includes(candidate) && !dropped.includes(candidate));
  if (release !== undefined) return { release, warnings: [] };
  const reasons = [
    ...abandoned.map((id) => `${id} was rolled back from`),
    ...dropped.map((id) => `${id} is no longer in release.json`),
  ];
  throw new UserError({
    what: `There is no release of ${environment} to roll back to`,
    where: 'the GitHub deployments of this environment',
    expected: `a verified release other than ${leaving ?? 'the one that serves'}`,
    found: reasons.length === 0 ? 'no other verified release' : reasons.join('; '),
    remedy: `Name one with the input "release"${declared.length === 0 ? '' : ` (release.json has ${declared.join(', ')})`}; "force: true" allows one that was never verified.`,
  });
}

function checkAsked({ environment, force, attempts, declared }: RollbackQuestion, release: ReleaseId): RollbackTarget {
  if (!declared.includes(release)) {
    throw new UserError({
      what: `Release ${release} cannot be rolled back to: it is not declared`,
      where: `environments/${environment}/release.json`,
      expected: declared.length === 0 ? 'any release' : `one of ${declared.join(', ')}`,
      found: release,
      remedy: 'Name a release that is listed, or add this one again by pull request.',
    });
  }
  const verified = attempts.some((attempt) => attempt.payload.release === release && isVerified(attempt));
  if (verified) {
    const warnings = wasRolledBackFrom(release, attempts) ? [`release ${release} was itself rolled back from`] : [];
    return { release, warnings };
  }
  if (force) return { release, warnings: [`release ${release} was never verified in ${environment}; forced`] };
  throw new UserError({
    what: `Release ${release} was never verified in ${environment}`,
    where: 'the GitHub deployments of this environment',
    expected: 'a deployment of that release with the status success',
    found: 'none',
    remedy: 'Name a verified release, leave "release" empty for the last verified one, or set "force: true".',
  });
}

/** Whether the newest thing that happened to a release is that a person rolled back from it. */
function wasRolledBackFrom(release: ReleaseId, attempts: readonly AttemptRecord[]): boolean {
  const newest = attempts.find(
    ({ task, payload, ...attempt }) =>
      (task === 'rollback' && payload.previousRelease === release) ||
      (payload.release === release && isVerified({ task, payload, ...attempt })),
  );
  return newest !== undefined && newest.payload.release !== release;
}
