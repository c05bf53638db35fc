import type { RecordedProvenance } from '../ledger/fact.ts';
import type { History } from '../ledger/history.ts';
import type { FactsStanding } from './artifact-facts.ts';
import type { AttestationStanding } from './attestation.ts';

/** Whether an artifact may run in an environment. */
export type Provenance =
  | { readonly kind: 'proven'; readonly record: RecordedProvenance }
  /** A person accepts that it is not proven. */
  | {
      readonly kind: 'accepted';
      readonly record: RecordedProvenance;
      readonly reason: string;
      readonly problems: readonly string[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** What else decides whether an artifact without an attestation may run. */
export interface AttestationNeed {
  /** GitHub keeps attestations of private repositories for some plans alone. */
  readonly isPrivate: boolean;
  /** Whether the newest deployment whose attestations were asked for was attested: then attestations can be had here. */
  readonly wasAttested: boolean;
}

const BEFORE = 'before provenance: an older version deployed it, which asked for no proof';

/**
 * Decides on an artifact.
 *
 * @param attestation undefined where facts answer the question alone: {@link needsAttestation}
 * @param accepted why a person accepts an artifact that isn't proven; undefined where nobody does
 */
export function judgeProvenance(
  facts: FactsStanding,
  attestation: (AttestationNeed & { readonly standing: AttestationStanding }) | undefined,
  accepted: string | undefined,
): Provenance {
  const proofs = [factsProof(facts), ...(attestation === undefined ? [] : [attestationProof(facts, attestation)])];
  const problems = proofs.flatMap((proof) => ('problem' in proof ? [proof.problem] : []));
  const lines = proofs.flatMap((proof) => ('line' in proof ? [proof.line] : []));
  const isAttested = attestation === undefined ? null : attestation.standing.kind === 'attested';
  if (problems.length === 0) return { kind: 'proven', record: { isAttested, text: lines.join('; ') } };
  if (accepted === undefined) return { kind: 'refused', problems };
  const text = [`accepted without proof (${accepted}): ${problems.join('; ')}`, ...lines].join('; ');
  return { kind: 'accepted', record: { isAttested, text }, reason: accepted, problems };
}

/** Whether attestations have to be looked at: what was verified here before was judged then. */
export function needsAttestation({ kind }: FactsStanding): boolean {
  return kind !== 'known';
}

/** Whether the newest deployment whose attestations were asked for was attested; of several ledgers, in the first that has one. */
export function wasAttested(histories: readonly History[]): boolean {
  const answers = histories.flatMap(({ attempts }) =>
    attempts.flatMap(({ begun }) => begun.provenance?.isAttested ?? []),
  );
  return answers[0] === true;
}

type Proof = { readonly line: string } | { readonly problem: string };

function factsProof(facts: FactsStanding): Proof {
  switch (facts.kind) {
    case 'known': {
      const { attempt, isFromBefore } = facts.verification;
      return { line: `verified here before (${attempt.runUrl})${isFromBefore ? `, ${BEFORE}` : ''}` };
    }
    case 'first':
      return { line: 'the first environment of its service' };
    case 'verified':
      return { line: `verified in ${facts.environment} (${facts.verification.attempt.runUrl})` };
    case 'unverified':
      return { problem: `${facts.environment} has not verified the artifact: ${facts.why}` };
  }
}

function attestationProof(
  facts: FactsStanding,
  { standing, isPrivate, wasAttested: wereAttested }: AttestationNeed & { readonly standing: AttestationStanding },
): Proof {
  if (standing.kind === 'attested') return { line: `attested: ${standing.by}` };
  // What an older version verified may never have been attested.
  if (facts.kind === 'verified' && facts.verification.isFromBefore) return { line: `${BEFORE} (${standing.why})` };
  if (standing.kind === 'missing' && isPrivate && !wereAttested) {
    return {
      line: 'not attested: the repository is private, and GitHub keeps attestations of those for some plans alone',
    };
  }
  return { problem: standing.why };
}
