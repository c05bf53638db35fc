import { createHash } from 'node:crypto';
import { isSamePlace, repositoryArn, type Place } from '../core/place.ts';
import type { Repository as RepositoryDescription, Tag } from '../api-models/ecr.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { parseManifest, type Manifest } from './manifest.ts';

/** One repository: manifests by digest, tags that point to them, the blobs its layers may use, its policies. */
export interface Repository {
  readonly name: string;
  /** The account and region whose registry holds it. */
  readonly place: Place;
  description: RepositoryDescription;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  readonly blobs: Set<string>;
  resourceTags: readonly Tag[];
  policyText?: string;
  lifecyclePolicyText?: string;
}

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  readonly pushedAt: Date;
  lastPulledAt?: Date;
}

/**
 * The repositories of every account and region, shared by the ECR API and the distribution API. One address serves all
 * of them, and an image reference names nothing but the repository: so a name is unique among them.
 */
export interface AllRepositories {
  readonly all: Map<string, Repository>;
  /** Host and port that image references start with, for example "127.0.0.1:4566". */
  readonly host: () => string;
  readonly now: () => Date;
}

/** Those as the ECR API of one account and region sees them. */
export interface Repositories extends AllRepositories {
  readonly place: Place;
}

/** The repositories of the account and region. */
export const listRepositories = ({ all, place }: Repositories): readonly Repository[] =>
  [...all.values()].filter((repository) => isSamePlace(repository.place, place));

/** A repository of the account and region by name. @throws AwsError RepositoryNotFoundException. */
export function requireRepository(repositories: Repositories, name: string): Repository {
  const repository = repositories.all.get(name);
  if (repository === undefined || !isSamePlace(repository.place, repositories.place)) {
    const registry = repositories.place.accountId;
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
    );
  }
  return repository;
}

/** Makes an empty repository. @throws AwsError RepositoryAlreadyExistsException; NotImplemented when another place has it. */
export function addRepository(
  repositories: Repositories,
  name: string,
  settings: Partial<RepositoryDescription>,
  resourceTags: readonly Tag[],
): Repository {
  const existing = repositories.all.get(name);
  if (existing !== undefined && !isSamePlace(existing.place, repositories.place)) {
    throw new AwsError(
      'NotImplemented',
      `The local AWS serves the images of all accounts and regions at one address, so a repository's name must be unique: '${name}' exists in account ${existing.place.accountId}, region ${existing.place.region}. Choose another name.`,
      501,
    );
  }
  if (existing !== undefined) {
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${repositories.place.accountId}'`,
    );
  }
  const repository: Repository = {
    name,
    place: repositories.place,
    description: {
      repositoryArn: repositoryArn(repositories.place, name),
      registryId: repositories.place.accountId,
      repositoryName: name,
      repositoryUri: `${repositories.host()}/${name}`,
      createdAt: repositories.now(),
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
      ...settings,
    },
    manifests: new Map(),
    tags: new Map(),
    blobs: new Set(),
    resourceTags,
  };
  repositories.all.set(name, repository);
  return repository;
}

/** Result of a manifest push; `tagged` is false when the tag already pointed to this digest. */
export interface PutManifestResult {
  readonly stored: StoredManifest;
  readonly isNew: boolean;
  readonly tagged: boolean;
}

/**
 * Stores a manifest under its digest and, when given, a tag.
 * @throws AwsError ImageTagAlreadyExistsException, LayersNotFoundException, ReferencedImagesNotFoundException,
 *   InvalidParameterException.
 */
export function putManifest(
  repositories: AllRepositories,
  repository: Repository,
  bytes: Buffer,
  declaredMediaType: string | undefined,
  tag: string | undefined,
): PutManifestResult {
  if (tag !== undefined && !/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)) {
    throw new AwsError(
      'InvalidParameterException',
      `Invalid parameter at 'imageTag' failed to satisfy constraint: '${tag} is no tag of an image'`,
    );
  }
  const manifest = parseManifest(bytes, declaredMediaType);
  requireReferences(repository, manifest);
  const digest = sha256Digest(bytes);
  const current = tag === undefined ? undefined : repository.tags.get(tag);
  if (tag !== undefined && current !== undefined && current !== digest && isImmutable(repository, tag)) {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  const known = repository.manifests.get(digest);
  const stored = known ?? { digest, mediaType: manifest.mediaType, bytes, manifest, pushedAt: repositories.now() };
  repository.manifests.set(digest, stored);
  if (tag !== undefined) repository.tags.set(tag, digest);
  return { stored, isNew: known === undefined, tagged: tag !== undefined && current !== digest };
}

/** The tags that point to a digest, in the order they were pushed. */
export const tagsOf = (repository: Repository, digest: string): string[] =>
  [...repository.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag);

/** A manifest by "sha256:…" digest or tag, or undefined. */
export function findManifest(repository: Repository, reference: string): StoredManifest | undefined {
  const digest = reference.startsWith('sha256:') ? reference : repository.tags.get(reference);
  return digest === undefined ? undefined : repository.manifests.get(digest);
}

/** Deletes a manifest with its tags (by digest), or one tag. False when there was none. */
export function deleteReference(repository: Repository, reference: string): boolean {
  if (!reference.startsWith('sha256:')) {
    const digest = repository.tags.get(reference);
    if (digest === undefined) return false;
    repository.tags.delete(reference);
    // ECR deletes an image with its last tag.
    if (tagsOf(repository, digest).length === 0) repository.manifests.delete(digest);
    return true;
  }
  for (const tag of tagsOf(repository, reference)) repository.tags.delete(tag);
  return repository.manifests.delete(reference);
}

export const sha256Digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** IMMUTABLE, and the _WITH_EXCLUSION forms, whose filters are wildcards over tags. */
function isImmutable({ description }: Repository, tag: string): boolean {
  const excluded = (description.imageTagMutabilityExclusionFilters ?? []).some(({ filter }) =>
    new RegExp(`^${filter.split('*').map(escapeExpression).join('.*')}$`).test(tag),
  );
  switch (description.imageTagMutability) {
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'MUTABLE':
    case undefined:
      return false;
  }
}

const escapeExpression = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

function requireReferences(repository: Repository, manifest: Manifest): void {
  const missing = manifest.blobs.filter(({ digest }) => !repository.blobs.has(digest)).map(({ digest }) => digest);
  if (missing.length > 0) {
    throw new AwsError(
      'LayersNotFoundException',
      `Layers with digests '[${missing.join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${repository.place.accountId}' do not exist`,
    );
  }
  const absent = manifest.manifests.filter(({ digest }) => !repository.manifests.has(digest));
  if (absent.length > 0) {
    throw new AwsError(
      'ReferencedImagesNotFoundException',
      `Images with digests '[${absent.map(({ digest }) => digest).join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${repository.place.accountId}' do not exist`,
    );
  }
}
