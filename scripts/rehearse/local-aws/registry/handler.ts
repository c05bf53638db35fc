import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireRepository, type Repositories } from '../ecr/repository.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { BlobStore } from './blob-store.ts';
import { continueUpload, serveBlob, startUpload } from './blobs.ts';
import { listReferrers, listTags, serveManifest } from './manifests.ts';
import { RegistryError, toRegistryError } from './registry-error.ts';
import { parseRegistryPath, type RegistryRoute } from './route.ts';
import type { RegistryTokens } from './tokens.ts';

export interface Registry {
  readonly repositories: Repositories;
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
    if (!registry.tokens.accepts(request.headers.authorization)) {
      const host = request.headers.host ?? '';
      response.setHeader('www-authenticate', `Basic realm="http://${host}/",service="ecr.amazonaws.com"`);
      throw new RegistryError(401, 'UNAUTHORIZED', 'Not Authorized');
    }
    await route(registry, parseRegistryPath(decodeURIComponent(url.pathname)), url.searchParams, request, response);
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
  const repository = requireRepository(repositories, target.name);
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
