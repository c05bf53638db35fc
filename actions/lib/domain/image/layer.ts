/** A file of an image layer: where it stands in the image, and its content or where that is. */
export type LayerFile = {
  /** Path in the image, relative to its root, with `/`. */
  readonly target: string;
} & (
  | {
      /** Path on this machine. */
      readonly source: string;
    }
  | { readonly text: string }
);

/** A layer of an image, and whether it is the same for many commits, so that keeping it pays. */
export interface Layer {
  readonly name: string;
  readonly stable: boolean;
  readonly files: readonly LayerFile[];
}

/** An entry of a layer's archive, in the order in which it is written. */
export type LayerEntry = { readonly kind: 'folder'; readonly target: string } | ({ readonly kind: 'file' } & LayerFile);

/** The entries of a layer's archive: every folder before what is in it, sorted by code point, so that equal files give equal bytes. */
export function layerEntries(files: readonly LayerFile[]): readonly LayerEntry[] {
  const folders = new Set(files.flatMap(({ target }) => parentsOf(target)));
  const entries: LayerEntry[] = [
    ...[...folders].map((target) => ({ kind: 'folder', target }) as const),
    ...files.map((file) => ({ kind: 'file', ...file }) as const),
  ];
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.target), Buffer.from(b.target)));
}

function parentsOf(target: string): readonly string[] {
  const parts = target.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a file of a model folder belongs in the image: what made the model, and what describes it, doesn't. */
export function isModelFile(relativePath: string): boolean {
  const parts = relativePath.split('/');
  if (parts.some((part) => part.startsWith('.'))) return false;
  return !/\.(ts|md)$/.test(relativePath) && parts.at(-1) !== 'golden.json';
}

/** A layer as it is pushed. */
export interface PackedLayer {
  /** Digest and size of the compressed archive. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** Digest of the archive itself. */
  readonly diffId: string;
}

/** What an image's configuration says, besides its layers. */
export interface ImageConfigSource {
  readonly platform: string;
  readonly commit: string;
  readonly commitTimeSeconds: number;
}

/**
 * The configuration of an embedded image: what server/Dockerfile sets, with a label that says that it has no base.
 */
export function renderImageConfig(
  source: ImageConfigSource,
  layers: readonly { readonly name: string; readonly packed: PackedLayer }[],
): string {
  const [os, architecture] = source.platform.split('/');
  const created = new Date(source.commitTimeSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return JSON.stringify({
    architecture,
    os,
    created,
    config: {
      Entrypoint: ['node', '/opt/program/dist/main.js'],
      Cmd: ['serve'],
      Env: ['NODE_ENV=production', 'HOST=0.0.0.0', 'MODEL_DIR=/opt/ml/model', 'ORT_DISABLE_TELEMETRY=1'],
      WorkingDir: '/opt/program',
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
        'com.amazonaws.sagemaker.capabilities.multi-models': 'true',
        'org.opencontainers.image.revision': source.commit,
        'org.opencontainers.image.base.name': 'none: needs a node on the machine that unpacks it',
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.packed.diffId) },
    history: layers.map((layer) => ({ created, created_by: `embedded builder: ${layer.name}` })),
  });
}
