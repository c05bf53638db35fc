import { access } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors/user-error.ts';
import { NO_LIMITS, parseReviewFile } from '../../domain/model-review/limits.ts';
import type { ReviewRow } from '../../domain/model-review/row-difference.ts';
import { exampleRow, parseDeclaredSignature, rowsOfCases, rowsOfFile } from '../../domain/model-review/rows.ts';
import { modelDigest } from '../../domain/release/model-artifact.ts';
import { parseGoldenFile } from '../../domain/smoke/cases.ts';
import type { ModelFiles, ModelPlace } from '../../ports/model-servers.ts';
import type { ReviewQuestions, ReviewSource } from '../../ports/review-source.ts';
import { readContentFile } from './content-file.ts';
import { readEnvironment } from './environment-folder.ts';
import { readEnvironmentPlaces } from './environment-place.ts';
import { readModelFolder } from './model-folder.ts';
import { readSmokeFile } from './smoke-cases-file.ts';

/** What a review needs of a service from a checkout at `root`. */
export function createReviewSource(root: string, service: string): ReviewSource {
  const bundle = path.resolve(root, 'server/dist/main.js');
  return {
    isCheckedOut: async () => await exists(path.join(root, 'server')),
    hasModel: async () => await exists(path.join(root, modelFolderOf(service), 'model.onnx')),
    isBuilt: async () => await exists(bundle),
    readModel: async (what) => await readReviewedModel(path.resolve(root, modelFolderOf(service)), bundle, what),
    readQuestions: async () => await readReviewQuestions(root, service),
  };
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

async function readReviewedModel(modelFolder: string, bundle: string, what: string): Promise<ModelPlace & ModelFiles> {
  await access(bundle).catch((cause: unknown) => {
    throw new UserError({
      what: `The server of ${what} is not built`,
      where: bundle,
      expected: 'the result of `npm ci && npm run build -- server` in that checkout',
      found: 'no such file',
      remedy: 'Build it, and run the review again.',
      cause,
    });
  });
  const files = await readModelFolder(modelFolder);
  return {
    ...{ what, bundle, modelFolder, digest: modelDigest(files) },
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

async function readReviewQuestions(root: string, service: string): Promise<ReviewQuestions> {
  const read = async <Value>(name: string, parse: (file: { path: string; text: string }) => Value, missing: Value) => {
    const file = await readContentFile(root, `${modelFolderOf(service)}/${name}`);
    return file === undefined ? missing : parse(file);
  };
  const none: readonly ReviewRow[] = [];
  const signature = await read(
    'signature.json',
    parseDeclaredSignature,
    parseDeclaredSignature({ path: '', text: '{}' }),
  );
  const file = ({ path: name, text }: { path: string; text: string }): readonly ReviewRow[] =>
    rowsOfFile(path.basename(name), text, 'review file');
  return {
    signature,
    limits: await read('review.json', parseReviewFile, NO_LIMITS),
    rows: [
      ...(await read(
        'golden.json',
        (golden) => rowsOfCases(parseGoldenFile(golden).cases, 'golden case', 'golden.json'),
        none,
      )),
      ...(await smokeRows(root, service)),
      ...exampleRow(signature),
      ...(await read('review.jsonl', file, none)),
      ...(await read('review.csv', file, none)),
    ],
  };
}

async function smokeRows(root: string, service: string): Promise<readonly ReviewRow[]> {
  const own = (await readEnvironmentPlaces(root)).filter((place) => place.service === service);
  const rows = await Promise.all(
    own.map(async ({ name }) =>
      rowsOfCases((await readSmokeFile(root, await readEnvironment(root, name))).cases, 'smoke case', name),
    ),
  );
  return rows.flat();
}

/** Where a service's model lies, relative to the repository's root. */
export function modelFolderOf(service: string): string {
  return `server/models/${service}`;
}
