import type { FactsStanding } from './artifact-facts.ts';

/** What attestations say of an artifact. */
export type AttestationStanding =
  | { readonly kind: 'attested'; readonly by: string }
  /** GitHub has none for this repository, and none was ever verified here. */
  | { readonly kind: 'unavailable'; readonly why: string }
  | { readonly kind: 'unproven'; readonly why: string };

/** Whether an artifact may run in an environment; `line` is kept as a fact. */
export type Provenance =
  | { readonly kind: 'proven'; readonly line: string }
  | { readonly kind: 'accepted'; readonly line: string; readonly reason: string; readonly problems: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const BEFORE_PROVENANCE = 'before provenance: an older version deployed it, which asked for no proof';

/**
 * Decides on an artifact.
 *
 * @param attestation undefined where facts answer the question alone: {@link needsAttestation}
 * @param accepted why a person accepts an artifact that isn't proven; undefined where nobody does
 */
export function judgeProvenance(
  facts: FactsStanding,
  attestation: AttestationStanding | undefined,
  accepted: string | undefined,
): Provenance {
  const proofs = [factsProof(facts), attestationProof(facts, attestation)];
  const problems = proofs.flatMap((proof) => ('problem' in proof ? [proof.problem] : []));
  const lines = proofs.flatMap((proof) => ('line' in proof && proof.line !== '' ? [proof.line] : []));
  if (problems.length === 0) return { kind: 'proven', line: lines.join('; ') };
  if (accepted === undefined) return { kind: 'refused', problems };
  const line = [`accepted without proof (${accepted}): ${problems.join('; ')}`, ...lines].join('; ');
  return { kind: 'accepted', line, reason: accepted, problems };
}

/** Whether attestations have to be looked at: what was verified here before was judged then. */
export function needsAttestation({ kind }: FactsStanding): boolean {
  return kind !== 'known';
}

type Proof = { readonly line: string } | { readonly problem: string };

function factsProof(facts: FactsStanding): Proof {
  switch (facts.kind) {
    case 'known': {
      const { attempt, isFromBefore } = facts.verification;
      return { line: `verified here before (${attempt.runUrl})${isFromBefore ? `, ${BEFORE_PROVENANCE}` : ''}` };
    }
    case 'first':
      return { line: 'the first environment of its service' };
    case 'verified':
      return { line: `verified in ${facts.environment} (${facts.verification.attempt.runUrl})` };
    case 'unverified':
      return { problem: `${facts.environment} has not verified the artifact: ${facts.why}` };
  }
}

function attestationProof(facts: FactsStanding, attestation: AttestationStanding | undefined): Proof {
  switch (attestation?.kind) {
    case undefined:
      return { line: '' };
    case 'attested':
      return { line: `attested: ${attestation.by}` };
    case 'unavailable':
      return { line: `not attested: ${attestation.why}` };
    case 'unproven':
      // What an older version verified may never have been attested.
      return facts.kind === 'verified' && facts.verification.isFromBefore
        ? { line: `${BEFORE_PROVENANCE} (${attestation.why})` }
        : { problem: attestation.why };
  }
}
