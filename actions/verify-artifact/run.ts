import type { Environment } from '../lib/domain/environment/environment.ts';
import { approvalEnvironment } from '../lib/domain/environment/names.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import type { History } from '../lib/domain/ledger/history.ts';
import { environmentBefore, environmentNamed, type KnownEnvironments } from '../lib/domain/promotion/order.ts';
import { artifactOf, digestsOf, judgeFacts } from '../lib/domain/provenance/artifact-facts.ts';
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

/** The ports of the use case. */
export interface VerifyArtifactPorts {
  readonly environments: () => Promise<KnownEnvironments>;
  readonly releaseFileOf: (environment: Environment) => Promise<ReleaseFile>;
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
  const { environments, releaseFileOf, ledgerOf, reviews } = ports;
  const all = await environments();
  const environment = environmentNamed(all, inputs.environment);
  const releaseFile = await releaseFileOf(environment);
  const release = liveRelease(releaseFile);
  if (release === undefined) return { kind: 'none' };
  const historyOf = async (one: Environment): Promise<History> => await (await ledgerOf(one)).read();
  const here = { environment, releaseFile, history: await historyOf(environment) };
  // What this environment knows needs no other one, whose files may be broken.
  const isKnown = judgeFacts(release, here, undefined).kind === 'known';
  const earlier = isKnown ? undefined : environmentBefore(all, environment.name);
  const before =
    earlier === undefined
      ? undefined
      : { environment: earlier, releaseFile: await releaseFileOf(earlier), history: await historyOf(earlier) };
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
