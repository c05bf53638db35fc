import { createHash } from 'node:crypto';
import { UserError } from '../errors/user-error.ts';
import type { Release } from './release.ts';

/** A file of a model, as it is published. */
export interface ModelFile {
  /** Relative to the model's folder, with `/`. */
  readonly path: string;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** An object under the prefix of a published model, as the bucket describes it. */
export interface ModelObject {
  /** The key without the prefix. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The checksum of the whole content that the bucket keeps; undefined where it keeps none. */
  readonly sha256: string | undefined;
}

/** A model that release.json can name. */
export interface ModelArtifact {
  /** `s3://BUCKET/PREFIX/`, which ends in the digest. */
  readonly uri: string;
  /** `sha256:…`, of the model's list. */
  readonly digest: string;
}

// One PutObject takes no more: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
const LARGEST_FILE_BYTES = 5 * 2 ** 30;

/**
 * What the digest of a model is made of: one line for each file, `SHA256  PATH`, sorted by the bytes of the path. It is
 * what `sha256sum` prints for the files of the folder in that order.
 */
export function renderModelList(files: readonly ModelFile[]): string {
  return files
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    .map(({ sha256, path }) => `${sha256}  ${path}\n`)
    .join('');
}

/** The digest of a model: `sha256:` and the SHA-256 of its list. */
export function modelDigest(files: readonly ModelFile[]): string {
  return `sha256:${createHash('sha256').update(renderModelList(files)).digest('hex')}`;
}

/** The digest of a release's model, be it in S3 or in the image; undefined for a release from before it was recorded. */
export function releasedModelDigest({ spec, source }: Release): string | undefined {
  return spec.model?.digest ?? source.modelDigest;
}

// Where SageMaker mounts a model: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
const MOUNTED_AT = '/opt/ml/model';

/** The digest that a container of a release has to load; undefined where its files aren't those of the prefix alone. */
export function modelToLoad({ spec: { model, environment } }: Pick<Release, 'spec'>): string | undefined {
  const folder = environment['MODEL_DIR'] ?? MOUNTED_AT;
  return folder.replace(/\/+$/, '') === MOUNTED_AT ? model?.digest : undefined;
}

/** Where a model belongs: the digest is a folder of its own, so that content never changes under a name. */
export function locateModel(bucket: string, prefix: string, digest: string): { uri: string; keyPrefix: string } {
  const folder = prefix.replace(/^\/+|\/+$/g, '');
  const keyPrefix = `${folder === '' ? '' : `${folder}/`}${digest.replace(':', '-')}/`;
  return { keyPrefix, uri: `s3://${bucket}/${keyPrefix}` };
}

/**
 * Checks that a model's files can be published.
 *
 * @throws UserError when there is no model among them, or a file that S3 or sha256sum's format cannot take.
 */
export function checkModelFiles(folder: string, files: readonly ModelFile[]): void {
  const refused = (what: string, expected: string, found: string, remedy: string): UserError =>
    new UserError({ what, where: folder, expected, found, remedy });
  if (!files.some(({ path }) => path.endsWith('.onnx'))) {
    throw refused(
      'The model folder holds no model',
      'at least one .onnx file',
      files.length === 0 ? 'no files' : files.map(({ path }) => path).join(', '),
      'Name the folder that holds model.onnx in model-directory.',
    );
  }
  for (const file of files) {
    // A line break or backslash would be escaped by sha256sum; SageMaker unpacks keys as paths.
    if (/[\\\p{Cc}]/u.test(file.path)) {
      throw refused(
        'A file of the model has a name that cannot be published',
        'names without control characters and backslashes',
        JSON.stringify(file.path),
        'Rename the file.',
      );
    }
    if (file.sizeBytes > LARGEST_FILE_BYTES) {
      throw refused(
        'A file of the model is too large',
        `at most ${LARGEST_FILE_BYTES} bytes, which is what one upload takes`,
        `${file.path} with ${file.sizeBytes} bytes`,
        'Store its weights as external data in several files (onnx.save_model with save_as_external_data).',
      );
    }
  }
}
