import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { UserError } from '../../domain/errors/user-error.ts';
import type { Registry } from '../../ports/registry.ts';
import type { AwsClientSettings } from './clients.ts';
import { callAws, missingAsUndefined } from './errors.ts';

/** Amazon ECR, which SageMaker pulls the images of endpoints from. */
export function createEcrRegistry(settings: AwsClientSettings): Registry {
  const client = new ECRClient({ ...settings });
  return {
    findImage: async (reference) => {
      const { repository, digest, account } = parseEcrReference(reference);
      const output = await missingAsUndefined(
        callAws(
          'DescribeImages',
          `image ${reference}`,
          async () =>
            await client.send(
              new DescribeImagesCommand({
                repositoryName: repository,
                imageIds: [{ imageDigest: digest }],
                ...(account === undefined ? {} : { registryId: account }),
              }),
            ),
        ),
      );
      const image = output?.imageDetails?.[0];
      return image && { digest, mediaType: image.imageManifestMediaType ?? '' };
    },
  };
}

/**
 * Repository, digest and account of an image reference by digest. The account is that of an ECR host; another host
 * leaves it to the registry of the credentials.
 *
 * @throws UserError for a reference without a digest.
 */
function parseEcrReference(reference: string): {
  repository: string;
  digest: string;
  account: string | undefined;
} {
  const match = /^([^/]+)\/(.+)@(sha256:[0-9a-f]{64})$/.exec(reference);
  const [, host, repository, digest] = match ?? [];
  if (host === undefined || repository === undefined || digest === undefined) {
    throw new UserError({
      what: 'An image cannot be looked up',
      where: reference,
      expected: 'REGISTRY/REPOSITORY@sha256:DIGEST',
      found: reference,
      remedy: 'Release images by digest: `npm run release -- add` writes them so.',
    });
  }
  return { repository, digest, account: /^(\d{12})\.dkr\.ecr[.-]/.exec(host)?.[1] };
}
