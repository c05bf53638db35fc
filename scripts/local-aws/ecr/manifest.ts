import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';

export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os?: string | undefined; readonly architecture?: string | undefined } | undefined;
}

/** What the registry reads of a manifest; `blobs` are config and layers, `manifests` the children of an index. */
export interface Manifest {
  readonly mediaType: string;
  readonly config?: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
}

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number().int().nonnegative(),
  platform: z.object({ os: z.string().optional(), architecture: z.string().optional() }).optional(),
});

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).optional(),
  manifests: z.array(descriptorSchema).optional(),
  subject: descriptorSchema.optional(),
});

/**
 * A pushed manifest. `declaredMediaType` is the request's Content-Type and wins over nothing but an absent member.
 * @throws AwsError InvalidParameterException when it is not a schema 2 or OCI manifest or index.
 */
export function parseManifest(bytes: Uint8Array, declaredMediaType: string | undefined): Manifest {
  const parsed = manifestSchema.safeParse(tryParseJson(bytes));
  if (!parsed.success) throw invalidManifest('Invalid JSON syntax');
  const { config, layers = [], manifests = [], subject, artifactType } = parsed.data;
  const mediaType = parsed.data.mediaType ?? declaredMediaType ?? (manifests.length > 0 ? OCI_INDEX : OCI_MANIFEST);
  const isIndex = mediaType === DOCKER_MANIFEST_LIST || mediaType === OCI_INDEX;
  const isImage = mediaType === DOCKER_MANIFEST || mediaType === OCI_MANIFEST;
  if (!isIndex && !isImage) throw invalidManifest(`Unsupported manifest media type ${mediaType}`);
  if (isImage && config === undefined) throw invalidManifest('Invalid JSON syntax');
  // Layers with URLs of their own (foreign layers) are never pushed, so they cannot be asked for.
  const pushed = layers.filter((layer) => !layer.mediaType.includes('foreign'));
  return {
    mediaType,
    config,
    layers,
    blobs: isImage && config !== undefined ? [config, ...pushed] : [],
    manifests: isIndex ? manifests : [],
    subject,
    artifactType,
  };
}

const invalidManifest = (constraint: string) =>
  new AwsError(
    'InvalidParameterException',
    `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`,
  );

function tryParseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
