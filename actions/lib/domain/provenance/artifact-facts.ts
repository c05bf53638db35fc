import type { NamedEnvironment } from '../environment/names.ts';
import type { Begun } from '../ledger/fact.ts';
import type { Attempt, History } from '../ledger/history.ts';
import { describeRejection, isVerified, rejectionOf, verdictOf } from '../ledger/standing.ts';
import { findRelease, type Release, type ReleaseFile, type ReleaseSpec } from '../release/release.ts';

/** What is built once and then only promoted. */
export interface Artifact {
  /** By digest. */
  readonly image: string;
  /** Digest of the model; null where it is in the image. */
  readonly model: string | null;
}

/** An environment of the service, with what is known of it. */
export interface KnownEnvironment {
  readonly environment: NamedEnvironment;
  readonly history: History;
  readonly releaseFile: ReleaseFile;
}

/** That an environment has verified an artifact. */
interface Verification {
  /** The newest attempt that did. */
  readonly attempt: Attempt;
  /** Whether a deployment of the artifact there is older than provenance: then it may never have been attested. */
  readonly isFromBefore: boolean;
}

/** What the ledgers say of a release's artifact, before the release runs in an environment. */
export type FactsStanding =
  /** The release was deployed and verified in this environment before. */
  | { readonly kind: 'known'; readonly verification: Verification }
  /** The environment is the first one of its service that is set up. */
  | { readonly kind: 'first' }
  | { readonly kind: 'verified'; readonly environment: string; readonly verification: Verification }
  | { readonly kind: 'unverified'; readonly environment: string; readonly why: string };

/** The artifact of a release. */
export function artifactOf({ image, model }: Pick<ReleaseSpec, 'image' | 'model'>): Artifact {
  return { image, model: model?.digest ?? null };
}

/** The digests that name an artifact: of its image, and of its model where it has one of its own. */
export function digestsOf({ image, model }: Artifact): readonly string[] {
  return [image.slice(image.indexOf('@') + 1), ...(model === null ? [] : [model])];
}

/** What facts say of a release. What release.json says of its source counts for nothing. */
export function judgeFacts(
  release: Release,
  here: KnownEnvironment,
  before: KnownEnvironment | undefined,
): FactsStanding {
  const artifact = artifactOf(release.spec);
  const known = verificationOf(artifact, here, release.id);
  if (known !== undefined) return { kind: 'known', verification: known };
  if (before === undefined) return { kind: 'first' };
  const environment = before.environment.name;
  const verification = verificationOf(artifact, before);
  if (verification !== undefined) return { kind: 'verified', environment, verification };
  return { kind: 'unverified', environment, why: whyUnverified(artifact, before) };
}

/**
 * How deployments verified an artifact in an environment; undefined where none did, or its release is rejected. A rollback
 * proves nothing of where an artifact comes from.
 */
function verificationOf(
  artifact: Artifact,
  { environment, history, releaseFile }: KnownEnvironment,
  release?: string,
): Verification | undefined {
  const attempts = history.attempts.filter(
    (attempt) =>
      attempt.begun.task === 'deploy' &&
      (release === undefined || attempt.begun.release === release) &&
      verdictOf(attempt) === 'passed' &&
      isOf(attempt.begun, artifact, releaseFile) &&
      isVerified(attempt.begun.release, history, environment),
  );
  const [attempt] = attempts;
  const isFromBefore = attempts.some(({ begun }) => begun.provenance === undefined);
  return attempt === undefined ? undefined : { attempt, isFromBefore };
}

function isOf(begun: Begun, { image, model }: Artifact, releaseFile: ReleaseFile): boolean {
  return begun.image === image && modelOf(begun, releaseFile) === model;
}

/** The digest of an attempt's model; of an older fact by the release's id, which is a hash of it. Undefined where neither says. */
function modelOf({ model, release }: Begun, releaseFile: ReleaseFile): string | null | undefined {
  if (model !== undefined) return model;
  const listed = findRelease(releaseFile, release);
  return listed === undefined ? undefined : artifactOf(listed.spec).model;
}

function whyUnverified(artifact: Artifact, { environment, history, releaseFile }: KnownEnvironment): string {
  const damage = history.damage === null ? '' : `; its ledger is not whole: ${history.damage}`;
  const attempts = history.attempts.filter(({ begun }) => begun.image === artifact.image);
  const newest = attempts.find(({ begun }) => isOf(begun, artifact, releaseFile));
  if (newest === undefined) {
    const other = attempts.length === 0 ? 'its image' : 'its image with this model';
    return `${other} was never deployed there${damage}`;
  }
  const rejection = rejectionOf(newest.begun.release, history, environment);
  if (rejection !== null) return `${describeRejection(newest.begun.release, rejection)}${damage}`;
  return `no deployment of it counts as verified there (the newest one: ${newest.runUrl})${damage}`;
}
