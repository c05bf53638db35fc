import { UserError } from '../domain/errors/user-error.ts';
import {
  checkModelFiles,
  locateModel,
  modelDigest,
  type ModelArtifact,
  type ModelFile,
} from '../domain/release/model-artifact.ts';
import type { ModelStore } from '../ports/model-store.ts';
import type { Reporter } from '../ports/reporter.ts';

/** A model folder on this machine. */
export interface LocalModel {
  readonly folder: string;
  readonly files: readonly ModelFile[];
  /** Where a file of it stands. */
  readonly sourceOf: (file: ModelFile) => string;
}

/** A published model, and how much of it was new. */
export interface PublishedModel extends ModelArtifact {
  readonly files: readonly ModelFile[];
  readonly written: number;
}

/**
 * Makes sure that a model is in the store under its digest. What is there already is compared and kept; a second run, or
 * one that broke off in the middle, ends the same.
 *
 * @throws UserError when the folder holds no model, or the store has something else under this digest.
 */
export async function publishModel(
  model: LocalModel,
  prefix: string,
  store: ModelStore,
  reporter: Reporter,
): Promise<PublishedModel> {
  const { folder, files } = model;
  checkModelFiles(folder, files);
  const digest = modelDigest(files);
  const { uri, keyPrefix } = locateModel(store.bucket, prefix, digest);
  const before = new Map((await store.list(keyPrefix)).map(({ path, sizeBytes }) => [path, sizeBytes]));
  const known = new Set(files.map(({ path }) => path));
  const foreign = [...before.keys()].filter((path) => !known.has(path));
  if (foreign.length > 0) throw differs(uri, `also ${foreign.join(', ')}`);
  let written = 0;
  for (const file of files) {
    const key = `${keyPrefix}${file.path}`;
    const size = before.get(file.path);
    if (size === undefined && (await store.putOnce(key, file, model.sourceOf(file))) === 'written') {
      reporter.info(`${uri}${file.path}: ${file.sizeBytes} bytes, sha256 ${file.sha256}`);
      written += 1;
      continue;
    }
    if (size !== undefined && size !== file.sizeBytes) throw differs(uri, `${file.path} with ${size} bytes`);
    const found = await store.sha256Of(key);
    if (found !== file.sha256) throw differs(uri, `${file.path} with the SHA-256 ${found}`);
  }
  reporter.info(`${uri} holds the model ${digest}: ${written} of ${files.length} files are new`);
  return { uri, digest, files, written };
}

function differs(uri: string, found: string): UserError {
  return new UserError({
    what: 'The model bucket holds something else under the digest of this model',
    where: uri,
    expected: 'nothing, or exactly the files that the digest is made of',
    found,
    remedy: 'Find out who writes there besides this action, and remove what is not the model; nothing was overwritten.',
  });
}
