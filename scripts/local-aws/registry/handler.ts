import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireRepository, type AllRepositories, type Repository } from '../ecr/repository.ts';
import { AwsError } from '../wire/aws-error.ts';
import { repositoryArn, type Place } from '../core/place.ts';
import type { BlobStore } from './blob-store.ts';
import { continueUpload, serveBlob, startUpload } from './blobs.ts';
import { listReferrers, listTags, serveManifest } from './manifests.ts';
import { RegistryError, toRegistryError } from './registry-error.ts';
import { parseRegistryPath, type RegistryRoute } from './route.ts';
import type { RegistryTokens } from '../ecr/tokens.ts';

export interface Registry {
  readonly repositories: AllRepositories;
  readonly blobs: BlobStore;
  readonly tokens: RegistryTokens;
}

/** Answers one request of the OCI distribution API (docker push and pull, skopeo, buildah). */
export async function handleRegistryRequest(
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  const url = new URL(request.url ?? '/', 'http://registry');
  try {
    const place = registry.tokens.placeOf(request.headers.authorization);
    if (place === undefined) {
      const host = request.headers.host ?? '';
      response.setHeader('www-authenticate', `Basic realm="http://${host}/",service="ecr.amazonaws.com"`);
      throw new RegistryError(401, 'UNAUTHORIZED', 'Not Authorized');
    }
    const target = parseRegistryPath(decodeURIComponent(url.pathname));
    await route(registry, place, target, url.searchParams, request, response);
  } catch (error) {
    request.resume();
    const known = error instanceof AwsError ? toRegistryError(error) : error;
    if (!(known instanceof RegistryError)) throw error;
    response.writeHead(known.status, { 'content-type': 'application/json' });
    const body = JSON.stringify({ errors: [{ code: known.code, message: known.message }] });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

async function route(
  { repositories, blobs }: Registry,
  place: Place,
  target: RegistryRoute,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (target.kind) {
    case 'base':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    case 'unknown':
      throw new RegistryError(404, 'NAME_INVALID', `no such resource: ${request.url ?? ''}`);
    case 'uploads':
    case 'upload':
    case 'blob':
    case 'manifest':
    case 'tags':
    case 'referrers':
      break;
  }
  const repository = requireReachable(repositories, place, target.name, request.method);
  switch (target.kind) {
    case 'uploads':
      await startUpload(blobs, repositories, repository, request, response, query);
      return;
    case 'upload':
      await continueUpload(blobs, repository, target.id, request, response, query);
      return;
    case 'blob':
      await serveBlob(blobs, repository, target.digest, request, response);
      return;
    case 'manifest':
      await serveManifest(repositories, repository, target.reference, request, response);
      return;
    case 'tags':
      listTags(repository, query, response);
      return;
    case 'referrers':
      listReferrers(repository, target.digest, response);
      return;
  }
}

/**
 * A repository that a token of an account and region reaches. Another account may pull, since repository policies are not
 * evaluated here; another region is another registry.
 */
function requireReachable(
  repositories: AllRepositories,
  place: Place,
  name: string,
  method: string | undefined,
): Repository {
  const found = repositories.all.get(name);
  if (found === undefined || found.place.region !== place.region)
    return requireRepository({ ...repositories, place }, name);
  if (found.place.accountId === place.accountId || method === 'GET' || method === 'HEAD') return found;
  const arn = repositoryArn(found.place, name);
  throw new RegistryError(
    403,
    'DENIED',
    `Account ${place.accountId} is not authorized to push to ${arn} because no resource-based policy allows it`,
  );
}
