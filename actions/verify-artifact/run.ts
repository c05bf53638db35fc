import type { Environment } from '../lib/domain/environment/environment.ts';
import { approvalEnvironment } from '../lib/domain/environment/names.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { environmentBefore } from '../lib/domain/promotion/order.ts';
import { artifactOf, digestsOf, judgeFacts, type KnownEnvironment } from '../lib/domain/provenance/artifact-facts.ts';
import { judgeAttestations, worstStanding, type AttestationStanding } from '../lib/domain/provenance/attestation.ts';
import {
  judgeProvenance,
  needsAttestation,
  wasAttested,
  type Provenance,
} from '../lib/domain/provenance/provenance.ts';
import { liveRelease, type Release, type ReleaseFile } from '../lib/domain/release/release.ts';
import type { Attestations } from '../lib/ports/attestations.ts';
import type { Ledger } from '../lib/ports/ledger.ts';
import type { PlanReviews } from '../lib/ports/plan-reviews.ts';
import type { VerifyArtifactInputs } from './inputs.ts';

/** A folder under environments/, read. */
interface EnvironmentEntry {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
}

/** The ports of the use case. */
export interface VerifyArtifactPorts {
  readonly environments: () => Promise<readonly EnvironmentEntry[]>;
  /** The ledger of an environment, with the role that may read it. */
  readonly ledgerOf: (environment: Environment) => Promise<Pick<Ledger, 'read'>>;
  readonly attestations: Attestations;
  readonly reviews: Pick<PlanReviews, 'reviewersOf'>;
  /** Id of the repository. */
  readonly repositoryId: string;
}

/** What is known of the artifact that is to be deployed. */
export type ArtifactVerification =
  { readonly kind: 'none' } | { readonly kind: 'judged'; readonly release: Release; readonly provenance: Provenance };

/**
 * Verifies the artifact of the live release of an environment.
 *
 * @throws UserError when a ledger or the attestations can't be read, or an exception is asked for where nobody approves.
 */
export async function runVerifyArtifact(
  inputs: Pick<VerifyArtifactInputs, 'environment' | 'accept-unproven'>,
  ports: VerifyArtifactPorts,
): Promise<ArtifactVerification> {
  const { environments, ledgerOf, reviews } = ports;
  const entries = await environments();
  const entryOf = (name: string): EnvironmentEntry => {
    const entry = entries.find(({ environment }) => environment.name === name);
    if (entry === undefined) throw unknownEnvironment(name, entries);
    return entry;
  };
  const { environment, releaseFile } = entryOf(inputs.environment);
  const release = liveRelease(releaseFile);
  if (release === undefined) return { kind: 'none' };
  const know = async (name: string): Promise<KnownEnvironment> => {
    const entry = entryOf(name);
    return { ...entry, history: await (await ledgerOf(entry.environment)).read() };
  };
  const here = await know(environment.name);
  const earlier = environmentBefore(
    entries.map((entry) => entry.environment),
    environment.name,
  );
  const before = earlier === undefined ? undefined : await know(earlier.name);
  const facts = judgeFacts(release, here, before);
  const histories = [here.history, ...(before === undefined ? [] : [before.history])];
  const attestation = needsAttestation(facts)
    ? { ...(await readAttestations(release, ports)), wasAttested: wasAttested(histories) }
    : undefined;
  const provenance = judgeProvenance(facts, attestation, inputs['accept-unproven']);
  if (provenance.kind === 'accepted') await checkAcceptance(environment, reviews);
  return { kind: 'judged', release, provenance };
}

/** What attestations say of the image and the model of a release. */
async function readAttestations(
  { spec }: Release,
  { attestations, repositoryId }: Pick<VerifyArtifactPorts, 'attestations' | 'repositoryId'>,
): Promise<{ readonly standing: AttestationStanding; readonly isPrivate: boolean }> {
  const { isPrivate, defaultBranch } = await attestations.describeRepository();
  const parts = digestsOf(artifactOf(spec)).map(async (digest) =>
    judgeAttestations(digest, await attestations.find(digest), { repositoryId, defaultBranch }),
  );
  return { standing: worstStanding(await Promise.all(parts)), isPrivate };
}

/** An exception is for somebody to see who may approve it, or for an environment that has nobody on purpose. */
async function checkAcceptance(
  { name, unprotected }: Environment,
  reviews: VerifyArtifactPorts['reviews'],
): Promise<void> {
  const approval = approvalEnvironment(name);
  if (unprotected === 'accepted' || (await reviews.reviewersOf(approval)) > 0) return;
  throw new UserError({
    what: `Nobody is set to approve an artifact in ${name} that is not proven`,
    where: `the environment ${approval} on GitHub`,
    expected: `reviewers, or "unprotected": "accepted" in environments/${name}/environment.json`,
    found: 'neither',
    remedy: `Give ${approval} reviewers, and run Deploy again.`,
  });
}

function unknownEnvironment(name: string, entries: readonly EnvironmentEntry[]): UserError {
  return new UserError({
    what: `There is no environment "${name}"`,
    where: 'environments/',
    expected: `one of ${entries.map(({ environment }) => environment.name).join(', ')}`,
    found: name,
    remedy: 'Use the name of a folder under environments/.',
  });
}
