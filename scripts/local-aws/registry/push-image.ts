import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { DOCKER_MANIFEST } from '../ecr/manifest.ts';
import { sha256Digest } from '../ecr/repository.ts';

/** An entry of an image's layer. */
export type LayerEntry =
  | { readonly path: string; readonly content: string | Buffer }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly hardLinkTo: string };

export interface TestImage {
  readonly layers: readonly (readonly LayerEntry[])[];
  readonly entrypoint?: readonly string[];
  readonly environment?: readonly string[];
  readonly mediaType?: string;
}

export interface RegistryAccess {
  readonly url: string;
  /** "user:password" in base64, as GetAuthorizationToken gives it. */
  readonly token: string;
}

const CONFIG_TYPE = 'application/vnd.docker.container.image.v1+json';
const LAYER_TYPE = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** Pushes an image through the distribution API and returns its digest. @throws Error when the registry refuses it. */
export async function pushImage(
  access: RegistryAccess,
  repository: string,
  tag: string,
  image: TestImage,
): Promise<string> {
  const layers = await Promise.all(image.layers.map(packLayer));
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: image.entrypoint ?? ['node', '/opt/program/server.mjs'], Env: image.environment ?? [] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  for (const blob of [config, ...layers.map(({ bytes }) => bytes)]) await pushBlob(access, repository, blob);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: image.mediaType ?? DOCKER_MANIFEST,
      config: { mediaType: CONFIG_TYPE, digest: sha256Digest(config), size: config.byteLength },
      layers: layers.map(({ bytes }) => ({
        mediaType: LAYER_TYPE,
        digest: sha256Digest(bytes),
        size: bytes.byteLength,
      })),
    }),
  );
  const response = await send(access, `/v2/${repository}/manifests/${tag}`, 'PUT', manifest, {
    'content-type': image.mediaType ?? DOCKER_MANIFEST,
  });
  return response.headers.get('docker-content-digest') ?? '';
}

/** One layer as a registry keeps it, and the digest of its uncompressed archive. */
export async function packLayer(
  entries: readonly LayerEntry[],
): Promise<{ readonly bytes: Buffer; readonly diffId: string }> {
  const archive = pack();
  // The same image has the same digest, whenever it is made.
  const mtime = new Date(0);
  for (const entry of entries) {
    if ('content' in entry) archive.entry({ name: entry.path, mode: 0o755, mtime }, entry.content);
    else if ('linkTo' in entry) archive.entry({ name: entry.path, type: 'symlink', linkname: entry.linkTo, mtime }, '');
    else archive.entry({ name: entry.path, type: 'link', linkname: entry.hardLinkTo, mtime }, '');
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  const tar = Buffer.concat(chunks);
  return { bytes: gzipSync(tar, { level: 1 }), diffId: sha256Digest(tar) };
}

async function pushBlob(access: RegistryAccess, repository: string, bytes: Buffer): Promise<void> {
  const started = await send(access, `/v2/${repository}/blobs/uploads/`, 'POST', undefined, {});
  const location = started.headers.get('location') ?? '';
  const half = Math.floor(bytes.byteLength / 2);
  await send(access, location, 'PATCH', bytes.subarray(0, half), { 'content-range': `0-${half - 1}` });
  await send(access, `${location}?digest=${sha256Digest(bytes)}`, 'PUT', bytes.subarray(half), {});
}

async function send(
  { url, token }: RegistryAccess,
  path: string,
  method: string,
  body: Buffer | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Basic ${token}`, ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response;
}
