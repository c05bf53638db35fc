import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AllRepositories, Repository } from '../ecr/repository.ts';
import { isSamePlace } from '../core/place.ts';
import type { BlobStore } from './blob-store.ts';
import { RegistryError } from './registry-error.ts';

/** GET, HEAD (with ranges) and DELETE of one blob. */
export async function serveBlob(
  store: BlobStore,
  repository: Repository,
  digest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const size = repository.blobs.has(digest) ? await store.size(digest) : undefined;
  if (size === undefined) throw new RegistryError(404, 'BLOB_UNKNOWN', `blob ${digest} unknown to registry`);
  if (request.method === 'DELETE') {
    repository.blobs.delete(digest);
    response.writeHead(202, { 'content-length': 0 }).end();
    return;
  }
  const range = parseRange(request.headers.range, size);
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
  };
  response.writeHead(range === undefined ? 200 : 206, headers);
  if (request.method === 'HEAD' || size === 0) response.end();
  else await pipeline(store.stream(digest, range), response);
}

function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw new RegistryError(416, 'RANGE_INVALID', `range ${header ?? ''} is outside of ${size} bytes`);
  return { start, end };
}

/** POST of a new upload: a mount of another repository's blob, a whole blob, or a session for chunks. */
export async function startUpload(
  store: BlobStore,
  repositories: AllRepositories,
  repository: Repository,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const mount = query.get('mount');
  const from = query.get('from');
  const holders = [...repositories.all.values()].filter(
    ({ name, place }) => (from ?? name) === name && isSamePlace(place, repository.place),
  );
  if (mount !== null && holders.some(({ blobs }) => blobs.has(mount))) {
    repository.blobs.add(mount);
    created(response, `/v2/${repository.name}/blobs/${mount}`, mount);
    return;
  }
  const id = store.startUpload();
  const digest = query.get('digest');
  if (digest === null) {
    request.resume();
    progress(response, 202, repository, id, 0);
    return;
  }
  await store.append(id, request);
  await finish(store, repository, id, digest, response);
}

/** GET, PATCH, PUT and DELETE of an upload session. */
export async function continueUpload(
  store: BlobStore,
  repository: Repository,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const received = await store.uploadedBytes(id);
  if (received === undefined) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', `blob upload ${id} unknown`);
  switch (request.method) {
    case 'GET':
      progress(response, 204, repository, id, received);
      return;
    case 'PATCH': {
      const start = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
      if (start !== undefined && Number(start) !== received) {
        request.resume();
        progress(response, 416, repository, id, received);
        return;
      }
      progress(response, 202, repository, id, await store.append(id, request));
      return;
    }
    case 'PUT': {
      const digest = query.get('digest');
      if (digest === null) throw new RegistryError(400, 'DIGEST_INVALID', 'the digest parameter is missing');
      await store.append(id, request);
      await finish(store, repository, id, digest, response);
      return;
    }
    case 'DELETE':
      await store.cancel(id);
      response.writeHead(204).end();
      return;
    default:
      throw new RegistryError(405, 'UNSUPPORTED', `${request.method ?? ''} is not supported on an upload`);
  }
}

async function finish(
  store: BlobStore,
  repository: Repository,
  id: string,
  digest: string,
  response: ServerResponse,
): Promise<void> {
  const { ok, found } = await store.finish(id, digest);
  if (!ok) {
    throw new RegistryError(400, 'DIGEST_INVALID', `the uploaded bytes have digest ${found}, announced was ${digest}`);
  }
  repository.blobs.add(digest);
  created(response, `/v2/${repository.name}/blobs/${digest}`, digest);
}

/** 201 with the address of what was stored. */
export function created(response: ServerResponse, location: string, digest: string): void {
  response.writeHead(201, { location, 'docker-content-digest': digest, 'content-length': 0 }).end();
}

function progress(
  response: ServerResponse,
  status: number,
  repository: Repository,
  id: string,
  received: number,
): void {
  response
    .writeHead(status, {
      location: `/v2/${repository.name}/blobs/uploads/${id}`,
      'docker-upload-uuid': id,
      range: `0-${Math.max(0, received - 1)}`,
      'content-length': 0,
    })
    .end();
}
