import { MEDIA_TYPES } from '../../../actions/lib/domain/image/manifest.ts';
import { sha256, type Layer } from './layers.ts';
import { send, type Registry } from './registry.ts';

/** An image, and where it is pushed to. */
export interface Push extends Registry {
  readonly repository: string;
  readonly tag: string;
  readonly layers: readonly Layer[];
  /** `os/architecture` */
  readonly platform: string;
  readonly revision: string;
  readonly createdSeconds: number;
}

/** Pushes a Docker schema 2 image with the distribution protocol. @throws Error with the registry's answer. */
export async function pushImage(push: Push): Promise<void> {
  const config = Buffer.from(renderConfig(push));
  for (const { bytes, digest } of push.layers) await pushBlob(push, digest, bytes);
  await pushBlob(push, sha256(config), config);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, size: config.length, digest: sha256(config) },
    layers: push.layers.map(({ bytes, digest }) => ({ mediaType: MEDIA_TYPES.layer, size: bytes.length, digest })),
  };
  const headers = { 'content-type': MEDIA_TYPES.manifest };
  await send(
    push,
    'PUT',
    `/v2/${push.repository}/manifests/${push.tag}`,
    Buffer.from(JSON.stringify(manifest)),
    headers,
  );
}

async function pushBlob(push: Push, digest: string, bytes: Buffer): Promise<void> {
  const blobs = `/v2/${push.repository}/blobs`;
  const known = await send(push, 'HEAD', `${blobs}/${digest}`, undefined, {}, [404]);
  console.log(`${digest}: ${known.ok ? 'Layer already exists' : 'Pushed'}`);
  if (known.ok) return;
  const started = await send(push, 'POST', `${blobs}/uploads/`);
  const upload = started.headers.get('location') ?? '';
  const sent = await send(push, 'PATCH', upload, bytes, { 'content-type': 'application/octet-stream' });
  const close = new URL(sent.headers.get('location') ?? upload, `http://${push.registry}`);
  close.searchParams.set('digest', digest);
  await send(push, 'PUT', close.href);
}

/** The configuration of server/Dockerfile, with a label that says that the image has no base. */
function renderConfig({ platform, layers, revision, createdSeconds }: Push): string {
  const [os, architecture] = platform.split('/');
  return JSON.stringify({
    architecture,
    os,
    created: new Date(createdSeconds * 1000).toISOString(),
    config: {
      Entrypoint: ['node', '/opt/program/dist/main.js'],
      Cmd: ['serve'],
      Env: ['NODE_ENV=production', 'HOST=0.0.0.0', 'MODEL_DIR=/opt/ml/model', 'ORT_DISABLE_TELEMETRY=1'],
      WorkingDir: '/opt/program',
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
        'com.amazonaws.sagemaker.capabilities.multi-models': 'true',
        'org.opencontainers.image.revision': revision,
        'org.opencontainers.image.base.name': 'none: the machine that unpacks it needs Node',
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
}
