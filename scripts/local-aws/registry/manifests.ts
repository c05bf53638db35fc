import type { IncomingMessage, ServerResponse } from 'node:http';
import { OCI_INDEX } from '../ecr/manifest.ts';
import {
  deleteReference,
  findManifest,
  putManifest,
  sha256Digest,
  type AllRepositories,
  type Repository,
} from '../ecr/repository.ts';
import { created } from './blobs.ts';
import { readBody } from '../wire/read-body.ts';
import { RegistryError } from './registry-error.ts';

/** ECR takes manifests of at most 4 MiB (OCI distribution specification's lower bound for registries). */
const MAXIMUM_MANIFEST_BYTES = 4 * 1024 * 1024;

/** GET, HEAD, PUT and DELETE of a manifest by tag or digest. */
export async function serveManifest(
  repositories: AllRepositories,
  repository: Repository,
  reference: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (request.method) {
    case 'PUT': {
      const bytes = await readBody(request, MAXIMUM_MANIFEST_BYTES);
      const isDigest = reference.startsWith('sha256:');
      const digest = sha256Digest(bytes);
      if (isDigest && digest !== reference) {
        throw new RegistryError(400, 'DIGEST_INVALID', `the manifest has digest ${digest}, announced was ${reference}`);
      }
      const mediaType = request.headers['content-type']?.split(';')[0]?.trim();
      putManifest(repositories, repository, bytes, mediaType, isDigest ? undefined : reference);
      created(response, `/v2/${repository.name}/manifests/${digest}`, digest);
      return;
    }
    case 'GET':
    case 'HEAD': {
      const stored = findManifest(repository, reference);
      if (stored === undefined) throw manifestUnknown(repository, reference);
      if (request.method === 'GET') stored.lastPulledAt = repositories.now();
      response.writeHead(200, {
        'content-type': stored.mediaType,
        'content-length': stored.bytes.byteLength,
        'docker-content-digest': stored.digest,
      });
      response.end(request.method === 'HEAD' ? undefined : stored.bytes);
      return;
    }
    case 'DELETE':
      if (!deleteReference(repository, reference)) throw manifestUnknown(repository, reference);
      response.writeHead(202, { 'content-length': 0 }).end();
      return;
    default:
      throw new RegistryError(405, 'UNSUPPORTED', `${request.method ?? ''} is not supported on a manifest`);
  }
}

const manifestUnknown = (repository: Repository, reference: string) =>
  new RegistryError(404, 'MANIFEST_UNKNOWN', `Requested image not found: ${repository.name}, ${reference}`);

/** The tags of a repository, paged by `n` and `last`. */
export function listTags(repository: Repository, query: URLSearchParams, response: ServerResponse): void {
  const last = query.get('last') ?? '';
  const limit = Number(query.get('n') ?? 1000);
  const after = [...repository.tags.keys()].sort().filter((tag) => tag > last);
  const tags = after.slice(0, limit);
  const next = `</v2/${repository.name}/tags/list?n=${limit}&last=${tags.at(-1) ?? ''}>; rel="next"`;
  sendJson(response, { name: repository.name, tags }, after.length > tags.length ? { link: next } : {});
}

/** The manifests whose subject is a digest, as an index (signatures, attestations). */
export function listReferrers(repository: Repository, digest: string, response: ServerResponse): void {
  const manifests = [...repository.manifests.values()]
    .filter(({ manifest }) => manifest.subject?.digest === digest)
    .map((stored) => ({
      mediaType: stored.mediaType,
      digest: stored.digest,
      size: stored.bytes.byteLength,
      artifactType: stored.manifest.artifactType ?? stored.manifest.config?.mediaType,
    }));
  sendJson(response, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { 'content-type': OCI_INDEX });
}

function sendJson(response: ServerResponse, body: unknown, headers: Record<string, string>): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
