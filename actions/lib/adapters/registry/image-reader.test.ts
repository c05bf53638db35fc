import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../domain/image/manifest.ts';
import type { ImageReader } from '../../ports/image-repository.ts';
import { createRegistryClient } from './client.ts';
import { createImageReader } from './image-reader.ts';

const CONFIG = Buffer.from('{"os":"linux","architecture":"amd64"}');
const LAYER = { mediaType: MEDIA_TYPES.layer, size: 100, digest: `sha256:${'1'.repeat(64)}` };
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, size: CONFIG.length, digest: digestOf(CONFIG) },
    layers: [LAYER],
  }),
);

let server: Server;
let reader: ImageReader;
/** Statuses of the next answers, in place of what is asked for. */
let failures: number[];
let config: Buffer;

beforeEach(async () => {
  failures = [];
  config = CONFIG;
  const contents = (): Readonly<Record<string, Buffer>> => ({
    '/v2/scoring/manifests/first': MANIFEST,
    [`/v2/scoring/blobs/${digestOf(CONFIG)}`]: config,
  });
  server = createServer((request, response) => {
    const content = contents()[request.url ?? ''];
    const status = failures.shift() ?? (content === undefined ? 404 : 200);
    response.writeHead(status, { 'content-type': MEDIA_TYPES.manifest }).end(status === 200 ? content : 'no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = { registry, name: 'scoring', uri: `${registry}/scoring`, username: 'AWS', password: 'a-token' };
  const client = createRegistryClient(repository, { clock: { sleep: async () => await Promise.resolve() } });
  reader = createImageReader(repository, client);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('reads digest, size, platform and layers of an image', async () => {
  expect(await reader.find('first')).toMatchObject({
    digest: digestOf(MANIFEST),
    sizeBytes: CONFIG.length + LAYER.size,
    platform: 'linux/amd64',
    layers: [LAYER],
  });
});

it('finds nothing under a tag that does not exist', async () => {
  expect(await reader.find('second')).toBeUndefined();
});

it('tries again when the registry fails', async () => {
  failures = [500, 503, 429];
  expect(await reader.find('first')).toBeDefined();
});

it('says which permissions are missing when the registry refuses', async () => {
  failures = [401];
  await expect(reader.find('first')).rejects.toThrow(/HTTP 401[^]*Check that the role may read/);
});

it('refuses content that does not match the requested digest', async () => {
  config = Buffer.from('{"os":"linux","architecture":"arm64"}');
  await expect(reader.find('first')).rejects.toThrow('does not match the requested digest');
});
