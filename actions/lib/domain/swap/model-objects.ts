import type { UserErrorParts } from '../errors/user-error.ts';
import { modelDigest, type ModelObject } from '../release/model-artifact.ts';
import type { Release } from '../release/release.ts';

/** What was found of a release's model in S3. */
export type ModelFinding =
  | { readonly kind: 'in-image' }
  | { readonly kind: 'read'; readonly objects: readonly ModelObject[] }
  /** Nothing can be told of it, which stops no rollback. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The files of a model: what ends in `/` and is empty is a folder of S3's console. */
const filesOf = (objects: readonly ModelObject[]): readonly ModelObject[] =>
  objects.filter(({ path, sizeBytes }) => sizeBytes > 0 || (path !== '' && !path.endsWith('/')));

/** The objects of which the bucket keeps no checksum. */
export function withoutChecksum(objects: readonly ModelObject[]): readonly string[] {
  return filesOf(objects).flatMap(({ path, sha256 }) => (sha256 === undefined ? [path] : []));
}

/** What speaks against loading the model of a release: its digest is that of all checksums under its prefix. */
export function modelRefusals(release: Release, finding: ModelFinding): UserErrorParts[] {
  const { model } = release.spec;
  if (model === null || finding.kind !== 'read') return [];
  const files = filesOf(finding.objects);
  const unknown = withoutChecksum(files);
  if (unknown.length > 0) {
    return [
      {
        what: `S3 keeps no SHA-256 of the model of release ${release.id}, so that nothing says what would be loaded`,
        where: model.uri,
        expected: 'objects that were uploaded in one part, with --checksum-algorithm SHA256',
        found: `none of ${nameSome(unknown)}`,
        remedy:
          'Publish the model with build-image, or upload each of its files again with `aws s3api put-object --checksum-algorithm SHA256`.',
      },
    ];
  }
  const digest = modelDigest(files.map(({ sha256 = '', ...file }) => ({ ...file, sha256 })));
  if (digest === model.digest) return [];
  return [
    {
      what: `The model of release ${release.id} is not what the release says`,
      where: model.uri,
      expected: model.digest,
      found: files.length === 0 ? 'no objects' : `${digest}, of ${nameSome(files.map(describe))}`,
      remedy:
        'Find out who wrote there besides release.yml. Remove what is not the model, bring back the versions that were published, or release a model that is whole.',
    },
  ];
}

const describe = ({ path, sha256 = '', sizeBytes }: ModelObject): string =>
  `${path} (${String(sizeBytes)} bytes, SHA-256 ${sha256.slice(0, 12)}…)`;

const MOST_NAMES = 10;

function nameSome(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
