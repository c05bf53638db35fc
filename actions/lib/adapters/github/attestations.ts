import { z } from 'zod';
import { describeError, UserError } from '../../domain/errors/user-error.ts';
import type { Attestations } from '../../ports/attestations.ts';
import type { FindVerifier } from '../sigstore/trust-roots.ts';
import { verifyBundle } from '../sigstore/verify-bundle.ts';
import { orMissing, type GithubClient } from './client.ts';

const repositoryParts = z.looseObject({ default_branch: z.string(), private: z.boolean() });
const listed = z.looseObject({ attestations: z.array(z.looseObject({ bundle: z.unknown() })).default([]) });

// Later versions of the API give an address of each bundle instead of the bundle.
const VERSION = { 'x-github-api-version': '2022-11-28' };

/** Attestations by GitHub's REST API, verified with Sigstore's library. */
export function createAttestations({ octokit, repository, call }: GithubClient, trust: FindVerifier): Attestations {
  const { rest } = octokit;
  return {
    describeRepository: async () =>
      await call('read the repository', 'contents: read', async () => {
        const { data } = await rest.repos.get(repository);
        const parts = repositoryParts.parse(data);
        return { isPrivate: parts.private, defaultBranch: parts.default_branch };
      }),
    find: async (digest) => {
      const bundles = await call(`list the attestations of ${digest}`, 'attestations: read', async () => {
        const query = { ...repository, subject_digest: digest, per_page: 100, headers: VERSION };
        // GitHub answers 404 where there is none.
        const answer = await orMissing(rest.repos.listAttestations(query));
        return answer === undefined ? [] : listed.parse(answer.data).attestations.map(({ bundle }) => bundle);
      });
      return await Promise.all(
        bundles.map(async (bundle) => {
          try {
            return await verifyBundle(bundle, trust);
          } catch (error) {
            // That the keys can't be read is no property of the attestation.
            if (error instanceof UserError) throw error;
            return { broken: describeError(error) };
          }
        }),
      );
    },
  };
}
