import { DOCKER_MANIFEST, parseManifest } from './manifest.ts';
import { addRepository, listRepositories, sha256Digest, type Repositories } from './repository.ts';

/** An image that exists by its manifest alone: enough for fake instances, which run nothing of it. */
export interface ManifestOnlyImage {
  readonly repository: string;
  /** Makes the digest; the same seed gives the same digest. */
  readonly seed: string;
  readonly tag?: string;
  /** Default: Docker schema 2. */
  readonly mediaType?: string;
}

/** Puts an image without layers into the registry, and its repository where it is missing; answers its reference. */
export function putManifestOnlyImage(repositories: Repositories, image: ManifestOnlyImage): string {
  const repository =
    listRepositories(repositories).find(({ name }) => name === image.repository) ??
    addRepository(repositories, image.repository, {}, []);
  const mediaType = image.mediaType ?? DOCKER_MANIFEST;
  const config = {
    mediaType: 'application/vnd.docker.container.image.v1+json',
    digest: sha256Digest(Buffer.from(image.seed)),
    size: image.seed.length,
  };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
  const digest = sha256Digest(bytes);
  const manifest = parseManifest(bytes, mediaType);
  repository.manifests.set(digest, { digest, mediaType, bytes, manifest, pushedAt: repositories.now() });
  if (image.tag !== undefined) repository.tags.set(image.tag, digest);
  return `${repositories.host()}/${image.repository}@${digest}`;
}
