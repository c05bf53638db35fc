import type { Attestation } from '../domain/provenance/attestation.ts';

/** The attestations that GitHub keeps for the repository. */
export interface Attestations {
  /** What the repository is, by GitHub's word. */
  describeRepository(): Promise<{ readonly isPrivate: boolean; readonly defaultBranch: string }>;
  /** The attestations of a digest (`sha256:…`): each verified, or the reason why it is not. */
  find(digest: string): Promise<readonly (Attestation | { readonly broken: string })[]>;
}
