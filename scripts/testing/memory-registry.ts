import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import type { ImageRepository } from '../../actions/lib/ports/image-repository.ts';

/** An image registry in memory, for tests: as much of the distribution protocol as a push and a pull take. */
export interface MemoryRegistry {
  readonly repository: ImageRepository;
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>;
  /** `METHOD path` of every request, in order. */
  readonly requests: string[];
  /** Statuses to answer the next requests with, instead of doing what they ask. */
  readonly failures: number[];
  close(): Promise<void>;
}

/** Starts the registry on a free port, with one repository `scoring`. */
export async function startMemoryRegistry(): Promise<MemoryRegistry> {
  const blobs = new Map<string, Uint8Array>();
  const manifests: MemoryRegistry['manifests'] = new Map();
  const uploads = new Map<string, Uint8Array>();
  const requests: string[] = [];
  const failures: number[] = [];
  const expected = `Basic ${Buffer.from('AWS:a-token').toString('base64')}`;

  async function answer(request: IncomingMessage): Promise<[number, Record<string, string>, Uint8Array?]> {
    const url = new URL(request.url ?? '/', 'http://registry');
    const method = request.method ?? 'GET';
    requests.push(`${method} ${url.pathname}`);
    const body = await buffer(request);
    const failure = failures.shift();
    if (failure !== undefined) return [failure, {}];
    if (request.headers.authorization !== expected) return [401, {}, Buffer.from('{"errors":[{"code":"DENIED"}]}')];
    const [, kind, name] = /^\/v2\/scoring\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'blobs/uploads') {
      const id = method === 'POST' ? randomUUID() : (name ?? '');
      const location = { location: `/v2/scoring/blobs/uploads/${id}` };
      if (method === 'POST') return [202, location];
      const content = Buffer.concat([uploads.get(id) ?? new Uint8Array(), body]);
      uploads.set(id, content);
      if (method === 'PATCH') return [202, location];
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      if (digest !== url.searchParams.get('digest')) return [400, {}, Buffer.from('DIGEST_INVALID')];
      blobs.set(digest, content);
      return [201, {}];
    }
    if (kind === 'manifests' && method === 'PUT' && name !== undefined) {
      const mediaType = request.headers['content-type'] ?? '';
      manifests.set(name, { mediaType, bytes: body });
      manifests.set(`sha256:${createHash('sha256').update(body).digest('hex')}`, { mediaType, bytes: body });
      return [201, {}];
    }
    const manifest = kind === 'manifests' ? manifests.get(name ?? '') : undefined;
    if (manifest !== undefined) return [200, { 'content-type': manifest.mediaType }, manifest.bytes];
    const blob = kind === 'blobs' ? blobs.get(name ?? '') : undefined;
    return blob === undefined ? [404, {}] : [200, {}, blob];
  }

  const server = createServer((request, response) => {
    void answer(request).then(([status, headers, body]) => {
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
  });
  const registry = `127.0.0.1:${await listen(server)}`;
  return {
    repository: {
      registry,
      name: 'scoring',
      uri: `${registry}/scoring`,
      username: 'AWS',
      password: 'a-token',
    },
    blobs,
    manifests,
    requests,
    failures,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
