/** An attestation whose signature, certificate and time were verified: what it says, and who says it. */
export interface Attestation {
  readonly predicateType: string;
  /** `sha256:…` of each subject. */
  readonly digests: readonly string[];
  /** From the certificate, where the issuer wrote what GitHub said of the job. */
  readonly signer: {
    /** Who vouched for the job. */
    readonly issuer: string;
    /** The workflow file with the job, with its ref: `https://github.com/OWNER/REPO/.github/workflows/FILE@REF`. */
    readonly workflow: string;
    readonly repositoryUrl: string;
    /** Id of the repository, which stays when its name changes. */
    readonly repositoryId: string;
    readonly ref: string;
    readonly commit: string;
    readonly runUrl: string;
  };
}

/** What attestations say of an artifact. */
export type AttestationStanding =
  | { readonly kind: 'attested'; readonly by: string }
  /** There is none. */
  | { readonly kind: 'missing'; readonly why: string }
  /** There are some, and none of them counts. */
  | { readonly kind: 'unproven'; readonly why: string };

/** Who has to have made an artifact. */
export interface ExpectedSigner {
  readonly repositoryId: string;
  readonly defaultBranch: string;
}

/** The workflow that builds. */
const WORKFLOW = 'release-service.yml';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
// Of github.com: https://docs.github.com/en/actions/reference/security/oidc
const ISSUER = 'https://token.actions.githubusercontent.com';

/** What the attestations of one digest prove. */
export function judgeAttestations(
  digest: string,
  found: readonly (Attestation | { readonly broken: string })[],
  expected: ExpectedSigner,
): AttestationStanding {
  const problems: string[] = [];
  for (const one of found) {
    const problem = 'broken' in one ? `it is not valid: ${one.broken}` : problemOf(one, digest, expected);
    if (problem === undefined && 'signer' in one) {
      const { commit, runUrl } = one.signer;
      return { kind: 'attested', by: `${WORKFLOW} made ${digest.slice(0, 19)} at ${commit.slice(0, 12)} (${runUrl})` };
    }
    if (problem !== undefined) problems.push(problem);
  }
  const wanted = `${WORKFLOW} of this repository on ${expected.defaultBranch} has not attested ${digest}`;
  return problems.length === 0
    ? { kind: 'missing', why: wanted }
    : { kind: 'unproven', why: `${wanted}: ${[...new Set(problems)].join('; ')}` };
}

/** Why an attestation doesn't count; undefined where it does. */
function problemOf(
  { predicateType, digests, signer }: Attestation,
  digest: string,
  { repositoryId, defaultBranch }: ExpectedSigner,
): string | undefined {
  const ref = `refs/heads/${defaultBranch}`;
  if (!digests.includes(digest)) return `one is about ${digests.join(', ')}`;
  if (predicateType !== PROVENANCE) return `one says something else than where it came from (${predicateType})`;
  if (signer.issuer !== ISSUER) return `one is by a job of ${signer.issuer}`;
  if (signer.repositoryId !== repositoryId) return `one is by a job of another repository (${signer.repositoryUrl})`;
  if (signer.ref !== ref) return `one is by a job on ${signer.ref}`;
  // The name of the repository may have changed since: the workflow has to be of the repository as it was called then.
  if (signer.workflow === `${signer.repositoryUrl}/.github/workflows/${WORKFLOW}@${ref}`) return undefined;
  return `one is by ${signer.workflow}`;
}

/** What attestations say of an artifact with several parts: the worst of them. */
export function worstStanding(parts: readonly AttestationStanding[]): AttestationStanding {
  const bad = parts.find(({ kind }) => kind === 'unproven') ?? parts.find(({ kind }) => kind === 'missing');
  if (bad !== undefined) return bad;
  return { kind: 'attested', by: parts.flatMap((part) => (part.kind === 'attested' ? [part.by] : [])).join(', ') };
}
