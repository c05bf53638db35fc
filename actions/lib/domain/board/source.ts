import { z } from 'zod';
import type { Environment } from '../environment/environment.ts';
import type { History } from '../ledger/history.ts';
import type { Proposal } from '../promotion/proposal.ts';
import type { ReleaseFile, ReleaseId } from '../release/release.ts';
import { tryParseJson } from '../json/try-parse.ts';

/** A page on GitHub. */
export interface PageLink {
  readonly number: number;
  readonly url: string;
}

/** The ledger of an environment; or why it is not known. */
export type BoardLedger =
  { readonly kind: 'read'; readonly history: History } | { readonly kind: 'unknown'; readonly reason: string };

/** A release as release.json lists it, or once did. */
export interface ListedRelease {
  /** What was built once and is promoted unchanged: the digests of image and model. */
  readonly artifact: string;
  readonly commit: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What the board is made of, for one environment. */
export interface BoardSource {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  /** Every release that the file has listed since it is in Git. */
  readonly listed: ReadonlyMap<ReleaseId, ListedRelease>;
  readonly ledger: BoardLedger;
  /** The open pull requests of the workflows. */
  readonly proposals: readonly (Pick<Proposal, 'kind' | 'release'> & PageLink)[];
  readonly driftIssue: PageLink | null;
}

// Old versions of the file may be of another format: what they have of these members counts.
const listing = z.object({
  releases: z.record(
    z.string(),
    z.object({
      spec: z.object({ image: z.string(), model: z.object({ digest: z.string() }).nullish() }),
      source: z.object({ commit: z.string(), createdAt: z.string() }),
    }),
  ),
});

/** The releases that versions of a release.json list, by id; a text that is none lists nothing. */
export function readListed(texts: readonly string[]): ReadonlyMap<ReleaseId, ListedRelease> {
  const listed = new Map<ReleaseId, ListedRelease>();
  for (const text of texts) {
    const { data } = listing.safeParse(tryParseJson(text));
    for (const [id, { spec, source }] of Object.entries(data?.releases ?? {})) {
      listed.set(id, { artifact: artifactOf(spec.image, spec.model?.digest), ...source });
    }
  }
  return listed;
}

/** What tells two artifacts apart. */
export function artifactOf(image: string, modelDigest: string | undefined): string {
  return [image.slice(image.indexOf('@') + 1), ...(modelDigest === undefined ? [] : [modelDigest])].join(' ');
}
