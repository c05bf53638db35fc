import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { getTrustedRoot } from '@sigstore/tuf';
import { toTrustMaterial, Verifier } from '@sigstore/verify';
import { describeError, UserError } from '../../domain/errors/user-error.ts';
import githubRoot from './github-tuf-root.json' with { type: 'json' };

/** Authorities that sign attestations, and what one of their bundles has to carry. */
interface Authorities {
  /** Where their keys are published, by The Update Framework: a key that is changed needs no new version of this product. */
  readonly mirror: string;
  /** The first root of the mirror; undefined where the package `@sigstore/tuf` has it. */
  readonly root: unknown;
  readonly thresholds: ConstructorParameters<typeof Verifier>[1];
}

// By the organisation that issues the certificates. Public repositories use the first, private ones the second, which has no
// public logs: https://docs.github.com/en/actions/concepts/security/artifact-attestations
const AUTHORITIES: Readonly<Record<string, Authorities>> = {
  'sigstore.dev': {
    mirror: 'https://tuf-repo-cdn.sigstore.dev',
    root: undefined,
    thresholds: { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 },
  },
  'GitHub, Inc.': {
    mirror: 'https://tuf-repo.github.com',
    root: githubRoot,
    thresholds: { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 1 },
  },
};

/** What verifies the bundles of an issuer, by the name of the organisation; undefined for an unknown one. */
export type FindVerifier = (organisation: string) => Promise<Verifier | undefined>;

/**
 * The authorities of github.com, read once each. A GitHub on the loopback interface, as the rehearsal has it, publishes its own.
 *
 * @throws UserError when their keys can't be read: without them nothing is proven.
 */
export function createTrustRoots(serverUrl: string, readRoot: typeof readTrustedRoot = readTrustedRoot): FindVerifier {
  const known = new Map<string, Promise<Verifier | undefined>>();
  const isLocal = new URL(serverUrl).hostname === '127.0.0.1';
  return async (organisation) => {
    const read = async (): Promise<Verifier | undefined> => {
      if (isLocal) return await readLocal(serverUrl);
      const authorities = Object.hasOwn(AUTHORITIES, organisation) ? AUTHORITIES[organisation] : undefined;
      if (authorities === undefined) return undefined;
      const root = await readRoot(authorities);
      return new Verifier(toTrustMaterial(root), authorities.thresholds);
    };
    const name = isLocal ? '' : organisation;
    const verifier = known.get(name) ?? read();
    known.set(name, verifier);
    return await verifier;
  };
}

async function readLocal(serverUrl: string): Promise<Verifier> {
  const response = await fetch(`${serverUrl}/sigstore/trusted_root.json`);
  const root = TrustedRoot.fromJSON(await response.json());
  return new Verifier(toTrustMaterial(root), AUTHORITIES['GitHub, Inc.']?.thresholds);
}

async function readTrustedRoot({ mirror, root }: Authorities): Promise<TrustedRoot> {
  const cachePath = await mkdtemp(path.join(tmpdir(), 'trust-root-'));
  try {
    const rootPath = path.join(cachePath, 'first-root.json');
    if (root !== undefined) await writeFile(rootPath, JSON.stringify(root));
    return await getTrustedRoot({ mirrorURL: mirror, cachePath, ...(root === undefined ? {} : { rootPath }) });
  } catch (error) {
    throw new UserError({
      what: 'The keys that attestations are verified with could not be read',
      where: mirror,
      expected: 'the trusted root, signed',
      found: describeError(error),
      remedy: `Let the runner reach ${mirror}, and run this job again. A rollback needs no attestations.`,
      cause: error,
    });
  } finally {
    await rm(cachePath, { recursive: true, force: true });
  }
}
