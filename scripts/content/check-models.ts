import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseBuildFile } from '../../actions/lib/domain/image/build-file.ts';
import { readJsonFile } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import type { JsonFile } from '../../actions/lib/domain/json/file.ts';
import { parseReviewFile } from '../../actions/lib/domain/model-review/limits.ts';
import type { ReviewRow } from '../../actions/lib/domain/model-review/row-difference.ts';
import {
  columnsWithoutRange,
  exampleRow,
  parseDeclaredSignature,
  rowsOfFile,
} from '../../actions/lib/domain/model-review/rows.ts';
import { parseGoldenFile, type SmokeCase } from '../../actions/lib/domain/smoke/cases.ts';
import { findLinks, listEnvironmentFolders, listFolders, type CheckedEnvironment } from './check-environments.ts';
import { externalFiles } from '../../server/src/model/check-model-files.ts';
import { checkTolerances } from './check-tolerances.ts';
import { asError, asWarning, attempt, type Finding } from './finding.ts';

/** A service's model that can be started, with the golden cases that lie beside it. */
export interface CheckedModel {
  readonly service: string;
  /** Path in the repository, such as `server/models/scoring`. */
  readonly folder: string;
  readonly golden: readonly SmokeCase[];
  /** What the review asks from files of the folder. */
  readonly rows: readonly FileRows[];
}

/** Rows of a file, of which the model has to answer one at least. */
export interface FileRows {
  readonly file: string;
  /** What is wrong otherwise, after "The model of SERVICE". */
  readonly problem: string;
  readonly where: string;
  readonly rows: readonly ReviewRow[];
}

const MODELS = 'server/models';

/** The models of a repository's services, and what is wrong with their folders. */
export async function checkModels(
  root: string,
  environments: readonly CheckedEnvironment[],
): Promise<{ readonly checked: readonly CheckedModel[]; readonly findings: readonly Finding[] }> {
  const services = [...new Set(environments.map(({ environment }) => environment.service))].sort();
  const declared = await listEnvironmentFolders(root);
  const folders = await listFolders(path.join(root, MODELS));
  const results = await Promise.all(
    folders.filter((name) => services.includes(name)).map(async (service) => await checkFolder(root, service)),
  );
  return {
    checked: results.flatMap(({ model }) => (model === undefined ? [] : [model])),
    findings: [
      ...(await findLinks(root, MODELS)),
      // The service of a folder may stand in an environment.json that can't be read.
      ...(environments.length < declared.length ? [] : folders)
        .filter((name) => !services.includes(name))
        .map((name) => strangeFolder(name, services)),
      ...services
        .filter((service) => !folders.includes(service) && !takesModelsFromS3(service, environments))
        .map((service) => missingFolder(service, folders)),
      ...results.flatMap(({ findings }) => findings),
    ],
  };
}

function strangeFolder(name: string, services: readonly string[]): Finding {
  return asError({
    what: `${MODELS}/${name} belongs to no service`,
    where: `${MODELS}/${name}`,
    expected: services.length === 0 ? 'no model folder' : `a folder named after a service: ${services.join(', ')}`,
    found: name,
    remedy:
      'Name the folder after the "service" of an environment.json, add environments of it with `npm run adopt`, or remove it.',
  });
}

function missingFolder(service: string, folders: readonly string[]): Finding {
  return asError({
    what: `The service ${service} has no model`,
    where: `${MODELS}/${service}`,
    expected: 'a folder with model.onnx',
    found: folders.length === 0 ? 'no model folder at all' : `the folders ${folders.join(', ')}`,
    remedy: `Put the model into ${MODELS}/${service}/model.onnx, or correct "service" in environments/*/environment.json.`,
  });
}

/** Whether every release of a service names a model in S3: then the repository need not hold one. */
function takesModelsFromS3(service: string, environments: readonly CheckedEnvironment[]): boolean {
  const releases = environments
    .filter(({ environment }) => environment.service === service)
    .flatMap((each) => Object.values(each.releases?.releases ?? {}));
  return releases.length > 0 && releases.every(({ spec }) => spec.model !== null);
}

/** It would be passed over as if it weren't there. */
function folderForFile(where: string): Finding {
  const remedy = 'Put the file in its place, or remove the folder.';
  return asError({ what: `${where} is a folder`, where, expected: 'a file', found: 'a folder', remedy });
}

/** It starts here, and no image can be built with it. */
function linkForFile(where: string): Finding {
  const remedy = 'Put a copy of what it leads to in its place.';
  return asError({ what: `${where} is no file of its own`, where, expected: 'a file', found: 'a link', remedy });
}

async function checkFolder(
  root: string,
  service: string,
): Promise<{ readonly model: CheckedModel | undefined; readonly findings: readonly Finding[] }> {
  const folder = `${MODELS}/${service}`;
  const own = path.join(root, folder);
  const entries = (await readdir(own, { recursive: true, withFileTypes: true }))
    .map((entry) => ({ entry, name: path.relative(own, path.join(entry.parentPath, entry.name)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter(({ entry }) => !entry.isDirectory()).map(({ name }) => name);
  const strange = entries.flatMap(({ entry, name }) => {
    if (entry.isFile()) return [];
    if (!entry.isDirectory()) return [linkForFile(`${folder}/${name}`)];
    return /\.(?:jsonl?|csv|onnx)$/.test(name) ? [folderForFile(`${folder}/${name}`)] : [];
  });
  if (!files.includes('model.onnx')) {
    const missing = asError({
      what: `${folder} has no model.onnx`,
      where: folder,
      expected: 'model.onnx, with its external data beside it where it has any',
      found: files.length === 0 ? 'an empty folder' : files.join(', '),
      remedy: 'Name the model model.onnx, or add it.',
    });
    return { model: undefined, findings: [missing, ...strange] };
  }
  const pointers: Finding[] = [...strange];
  for (const { entry, name: file } of entries) {
    if (entry.isFile() && (await isLfsPointer(path.join(own, file)))) pointers.push(lfsPointer(`${folder}/${file}`));
  }
  const read = async <Value>(name: string, parse: (file: JsonFile) => Value) =>
    entries.some((each) => each.name === name && each.entry.isFile())
      ? await attempt(async () => {
          return parse(await readJsonFile(root, `${folder}/${name}`));
        })
      : { value: undefined, findings: [] };
  const golden = await read('golden.json', parseGoldenFile);
  const review = await read('review.json', parseReviewFile);
  const build = await read('build.json', parseBuildFile);
  const rows = (file: JsonFile) => rowsOfFile(file.path, file.text, 'review file');
  const lines = await read('review.jsonl', rows);
  const table = await read('review.csv', rows);
  const signature = await read('signature.json', parseDeclaredSignature);
  const open = signature.value === undefined ? [] : columnsWithoutRange(signature.value);
  const rowsIn = (name: string, found: readonly ReviewRow[] = []): FileRows => {
    const file = `${folder}/${name}`;
    return { file, problem: `answers no row of ${file}`, where: file, rows: found };
  };
  const file = `${folder}/signature.json`;
  const example = {
    ...{ file, problem: `answers the example of ${file} with an error`, where: `${file} at example` },
    rows: signature.value === undefined ? [] : exampleRow(signature.value),
  };
  const asked = [rowsIn('review.jsonl', lines.value), rowsIn('review.csv', table.value), example];
  return {
    model: pointers.length > 0 ? undefined : { service, folder, golden: golden.value?.cases ?? [], rows: asked },
    findings: [
      ...pointers,
      ...golden.findings,
      ...checkTolerances(`${folder}/golden.json`, golden.value?.cases ?? []),
      ...review.findings,
      ...build.findings,
      ...[lines, table, signature].flatMap((each) => each.findings),
      ...(open.length === 0 ? [] : [missingRanges(file, open)]),
      ...unreadFiles(own, files).map((name) => unreadFile(`${folder}/${name}`)),
    ],
  };
}

const READ = ['model.onnx', 'signature.json', 'golden.json', 'review.json', 'review.jsonl', 'review.csv', 'build.json'];
const MODEL_FORMATS = /\.(?:onnx|pkl|pickle|joblib|pt|pth|h5|keras|safetensors|pb|tflite)$/i;

/** Files of a model folder that look as if something read them: another model, or a known name written otherwise. */
function unreadFiles(folder: string, files: readonly string[]): readonly string[] {
  const data = externalFiles(path.join(folder, 'model.onnx'));
  return files.filter((file) => {
    if (READ.includes(file) || data.has(file)) return false;
    return MODEL_FORMATS.test(file) || /^(?:signature|golden|review|build)\.(?:jsonl?|csv|ya?ml)$/i.test(file);
  });
}

function unreadFile(file: string): Finding {
  return asWarning({
    what: `Nothing reads ${file}`,
    where: file,
    expected: `${READ.join(', ')}, external data that model.onnx names, and texts`,
    found: path.basename(file),
    remedy: 'Give it the name that is meant, or remove it.',
    location: { file },
  });
}

function missingRanges(file: string, columns: readonly string[]): Finding {
  return asWarning({
    what: `The review makes up no rows from the ranges of ${file}`,
    where: `${file} at inputs`,
    expected: 'a range for every column, or none at all',
    found: `none for ${columns.join(', ')}`,
    remedy: 'Add the ranges that are missing, or one "range" for all other columns of the input.',
    location: { file },
  });
}

function lfsPointer(file: string): Finding {
  return asError({
    what: `${file} is a pointer of Git LFS, not the file itself`,
    where: file,
    expected: 'the content of the file',
    found: 'a Git LFS pointer',
    remedy: 'Run `git lfs pull`; in a workflow give actions/checkout "lfs: true".',
    location: { file },
  });
}

async function isLfsPointer(file: string): Promise<boolean> {
  const start = 'version https://git-lfs.github.com/spec/';
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(start.length), 0, start.length, 0);
    return buffer.subarray(0, bytesRead).toString('latin1') === start;
  } finally {
    await handle.close();
  }
}
