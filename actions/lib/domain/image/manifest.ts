import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';

/** The media types of the registry protocol that this project tells apart. */
export const MEDIA_TYPES = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  manifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.object({ mediaType: z.string(), size: z.int().min(0), digest });
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.manifest),
  config: descriptor,
  layers: z.array(descriptor),
});

type Descriptor = z.output<typeof descriptor>;
export type ImageManifest = z.output<typeof manifestSchema>;

/** A manifest as a registry answered it. */
export interface ManifestDocument {
  /** The `Content-Type` of the answer, without parameters. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** An image that SageMaker can run, as the registry holds it. */
export interface PublishedImage {
  /** `REGISTRY/REPOSITORY@sha256:…` */
  readonly reference: string;
  readonly digest: string;
  /** What a pull transfers: configuration and compressed layers. */
  readonly sizeBytes: number;
  /** `os/architecture`, such as `linux/amd64`. */
  readonly platform: string;
  readonly layers: readonly Descriptor[];
}

/** The digest under which a registry keeps these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * The manifest of a single image in Docker's schema 2. SageMaker refuses OCI manifests, and lists of several platforms:
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html
 *
 * @throws UserError for anything else, with what was found.
 */
export function parseImageManifest(reference: string, document: ManifestDocument): ImageManifest {
  const refused = (found: string): UserError =>
    new UserError({
      what: `SageMaker cannot run the image ${reference}`,
      where: reference,
      expected: `a Docker schema 2 manifest of one platform (${MEDIA_TYPES.manifest})`,
      found,
      remedy:
        'Build it with `docker buildx build --output type=image,oci-mediatypes=false --provenance=false --sbom=false` for one platform; tags are immutable, so delete the tag or build from a new commit.',
    });
  const body = readJson(document.bytes);
  const declared = z.object({ mediaType: z.string() }).safeParse(body);
  const mediaType = declared.success ? declared.data.mediaType : document.mediaType;
  if (mediaType !== document.mediaType) {
    throw refused(`a manifest that calls itself ${mediaType}, sent as ${document.mediaType}`);
  }
  if (mediaType !== MEDIA_TYPES.manifest) throw refused(FOUND[mediaType] ?? `a manifest of the type ${mediaType}`);
  const parsed = manifestSchema.safeParse(body);
  if (!parsed.success) throw refused(`a manifest that is not valid: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const FOUND: Readonly<Record<string, string>> = {
  [MEDIA_TYPES.ociManifest]: `an OCI manifest (${MEDIA_TYPES.ociManifest})`,
  [MEDIA_TYPES.ociIndex]: `an OCI index of several manifests (${MEDIA_TYPES.ociIndex})`,
  [MEDIA_TYPES.manifestList]: `a list of several platforms (${MEDIA_TYPES.manifestList})`,
};

/**
 * The platform in an image's configuration, as `os/architecture`.
 *
 * @throws UserError when the configuration doesn't name one.
 */
export function parsePlatform(reference: string, config: Uint8Array): string {
  const parsed = z.object({ os: z.string().min(1), architecture: z.string().min(1) }).safeParse(readJson(config));
  if (parsed.success) return `${parsed.data.os}/${parsed.data.architecture}`;
  throw new UserError({
    what: `The configuration of the image ${reference} names no platform`,
    where: reference,
    expected: '"os" and "architecture"',
    found: 'neither or only one of them',
    remedy: 'Build the image again with docker.',
  });
}

/** What a pull of the image transfers, in bytes. */
export function compressedSizeBytes(manifest: ImageManifest): number {
  return manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
