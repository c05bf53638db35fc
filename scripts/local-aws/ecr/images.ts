import type { Handlers } from '../core/service.ts';
import type { ImageDetail, ImageFailure, ImageIdentifier, Operations } from '../api-models/ecr.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import {
  deleteReference,
  findManifest,
  putManifest,
  requireRepository,
  sha256Digest,
  tagsOf,
  type Repositories,
  type Repository,
  type StoredManifest,
} from './repository.ts';

type ImageOperation =
  'BatchCheckLayerAvailability' | 'BatchDeleteImage' | 'BatchGetImage' | 'DescribeImages' | 'ListImages' | 'PutImage';

/** The ECR operations on images. */
export function imageHandlers(repositories: Repositories): Pick<Handlers<Operations>, ImageOperation> {
  const registryId = repositories.place.accountId;
  const image = (repository: Repository, stored: StoredManifest, tag: string | undefined) => ({
    registryId,
    repositoryName: repository.name,
    imageId: { imageDigest: stored.digest, ...(tag !== undefined && { imageTag: tag }) },
    imageManifest: stored.bytes.toString('utf8'),
    imageManifestMediaType: stored.mediaType,
  });
  return {
    BatchGetImage({ repositoryName, imageIds }) {
      const repository = requireRepository(repositories, repositoryName);
      const found = imageIds.map((id) => ({ id, stored: findById(repository, id) }));
      return {
        images: found.flatMap(({ id, stored }) => (stored ? [image(repository, stored, id.imageTag)] : [])),
        failures: found.flatMap(({ id, stored }) => (stored ? [] : [notFoundFailure(id)])),
      };
    },
    DescribeImages({ repositoryName, imageIds, filter, maxResults, nextToken }) {
      const repository = requireRepository(repositories, repositoryName);
      if (imageIds !== undefined) {
        return {
          imageDetails: imageIds.map((id) => detail(registryId, repository, requireImage(registryId, repository, id))),
        };
      }
      const all = [...repository.manifests.values()].filter((stored) =>
        matchesTagStatus(filter?.tagStatus, tagsOf(repository, stored.digest).length > 0),
      );
      const page = paginate(all, maxResults ?? 100, nextToken);
      return {
        imageDetails: page.items.map((stored) => detail(registryId, repository, stored)),
        nextToken: page.nextToken,
      };
    },
    ListImages({ repositoryName, filter, maxResults, nextToken }) {
      const repository = requireRepository(repositories, repositoryName);
      const ids = [...repository.manifests.values()].flatMap(({ digest }): ImageIdentifier[] => {
        const tags = tagsOf(repository, digest);
        if (!matchesTagStatus(filter?.tagStatus, tags.length > 0)) return [];
        return tags.length === 0
          ? [{ imageDigest: digest }]
          : tags.map((imageTag) => ({ imageDigest: digest, imageTag }));
      });
      const page = paginate(ids, maxResults ?? 100, nextToken);
      return { imageIds: page.items, nextToken: page.nextToken };
    },
    PutImage({ repositoryName, imageManifest, imageManifestMediaType, imageTag, imageDigest }) {
      const repository = requireRepository(repositories, repositoryName);
      const bytes = Buffer.from(imageManifest);
      const digest = sha256Digest(bytes);
      if (imageDigest !== undefined && imageDigest !== digest) {
        throw new AwsError(
          'ImageDigestDoesNotMatchException',
          `The manifest has digest '${digest}', not '${imageDigest}'`,
        );
      }
      const { stored, isNew, tagged } = putManifest(repositories, repository, bytes, imageManifestMediaType, imageTag);
      if (!isNew && !tagged) {
        throw new AwsError(
          'ImageAlreadyExistsException',
          `Image with digest '${stored.digest}' and tag '${imageTag ?? 'null'}' already exists in the repository with name '${repositoryName}' in registry with id '${registryId}'`,
        );
      }
      return { image: image(repository, stored, imageTag) };
    },
    BatchDeleteImage({ repositoryName, imageIds }) {
      const repository = requireRepository(repositories, repositoryName);
      const deleted: ImageIdentifier[] = [];
      const failures: ImageFailure[] = [];
      for (const id of imageIds) {
        const stored = findById(repository, id);
        if (stored === undefined) {
          failures.push(notFoundFailure(id));
          continue;
        }
        const parent = [...repository.manifests.values()].find(({ manifest }) =>
          manifest.manifests.some(({ digest }) => digest === stored.digest),
        );
        if (parent !== undefined && id.imageTag === undefined) {
          const failureReason = `Requested image referenced by manifest list: [${parent.digest}]`;
          failures.push({ imageId: id, failureCode: 'ImageReferencedByManifestList', failureReason });
          continue;
        }
        const tags = id.imageTag === undefined ? tagsOf(repository, stored.digest) : [id.imageTag];
        deleteReference(repository, id.imageTag ?? stored.digest);
        deleted.push(
          ...(tags.length === 0 ? [{ imageDigest: stored.digest }] : []),
          ...tags.map((imageTag) => ({ imageDigest: stored.digest, imageTag })),
        );
      }
      return { imageIds: deleted, failures };
    },
    BatchCheckLayerAvailability({ repositoryName, layerDigests }) {
      const repository = requireRepository(repositories, repositoryName);
      return {
        layers: layerDigests.map((layerDigest) => ({
          layerDigest,
          layerAvailability: repository.blobs.has(layerDigest) ? 'AVAILABLE' : 'UNAVAILABLE',
        })),
        failures: [],
      };
    },
  };
}

function findById(repository: Repository, { imageDigest, imageTag }: ImageIdentifier): StoredManifest | undefined {
  const stored = findManifest(repository, imageDigest ?? imageTag ?? '');
  const tagAgrees = imageTag === undefined || repository.tags.get(imageTag) === stored?.digest;
  return tagAgrees ? stored : undefined;
}

function requireImage(registryId: string, repository: Repository, id: ImageIdentifier): StoredManifest {
  const stored = findById(repository, id);
  if (stored !== undefined) return stored;
  const shown = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.name}' in the registry with id '${registryId}'`,
  );
}

const notFoundFailure = (imageId: ImageIdentifier): ImageFailure => ({
  imageId,
  failureCode: 'ImageNotFound',
  failureReason: 'Requested image not found',
});

const matchesTagStatus = (status: 'TAGGED' | 'UNTAGGED' | 'ANY' | undefined, isTagged: boolean) =>
  status === undefined || status === 'ANY' || (status === 'TAGGED') === isTagged;

function detail(registryId: string, repository: Repository, stored: StoredManifest): ImageDetail {
  const tags = tagsOf(repository, stored.digest);
  return {
    registryId,
    repositoryName: repository.name,
    imageDigest: stored.digest,
    imageTags: tags.length === 0 ? undefined : tags,
    imageSizeInBytes: stored.manifest.layers.reduce((total, layer) => total + layer.size, 0),
    imagePushedAt: stored.pushedAt,
    imageManifestMediaType: stored.mediaType,
    artifactMediaType: stored.manifest.artifactType ?? stored.manifest.config?.mediaType,
    lastRecordedPullTime: stored.lastPulledAt,
    subjectManifestDigest: stored.manifest.subject?.digest,
    imageStatus: 'ACTIVE',
  };
}
