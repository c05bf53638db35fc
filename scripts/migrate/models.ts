import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isModelFile } from '../../actions/lib/domain/image/model-file.ts';
import { listFolders } from '../content/check-environments.ts';
import type { Migration } from './migration.ts';
import { replaceFile } from '../replace-file.ts';
import { tryParseJson } from '../../actions/lib/domain/json/try-parse.ts';

/** Where version 1 kept the only model, beside the code that trained the sample. */
const OLD_FOLDER = 'server/model';
const MODELS = 'server/models';

/** The product's files in the folder of version 1: they are in server/sample-model/ now. */
const OLD_PRODUCT_FILES = [
  'README.md',
  'least-squares.ts',
  'onnx-schema.ts',
  'onnx-writer.test.ts',
  'onnx-writer.ts',
  'random.ts',
  'sample-model.test.ts',
  'sample-model.ts',
  'train.test.ts',
  'train.ts',
];

/** The service that is shipped, whose model folder is that of the sample. */
const SAMPLE = 'onnx-inference';

/** Moves the model of version 1 to its service, and converts the golden cases of the sample. */
export async function migrateModels(
  root: string,
  services: readonly string[],
  isFromVersion1: boolean,
): Promise<Migration> {
  const moved = await moveOldFolder(root, services);
  const renamed = isFromVersion1 ? await renameSampleFolder(root, services) : [];
  const golden: string[] = [];
  for (const service of await listFolders(path.join(root, MODELS))) {
    golden.push(...(await convertGolden(root, `${MODELS}/${service}/golden.json`)));
  }
  return { changed: [...moved.changed, ...renamed, ...golden], left: moved.left };
}

async function moveOldFolder(root: string, services: readonly string[]): Promise<Migration> {
  const folder = path.join(root, OLD_FOLDER);
  const names = (await readdir(folder).catch(() => [])).sort();
  if (names.length === 0) return { changed: [], left: [] };
  const [service, ...others] = services;
  if (service === undefined || others.length > 0) {
    return {
      changed: [],
      left: [`${OLD_FOLDER}: move it to ${MODELS}/SERVICE, as there are ${String(services.length)} services`],
    };
  }
  const changed: string[] = [];
  const left: string[] = [];
  const target = path.join(root, MODELS, service);
  await mkdir(target, { recursive: true });
  for (const name of names) {
    const from = path.join(folder, name);
    const to = path.join(target, name);
    if (OLD_PRODUCT_FILES.includes(name)) {
      await rm(from);
      changed.push(`${OLD_FOLDER}/${name}: removed, as the product keeps it in server/sample-model`);
    } else if (!isModelFile(name) && name !== 'golden.json') {
      left.push(`${OLD_FOLDER}/${name}: no file of a model`);
    } else if (await exists(to)) {
      if (await isSame(from, to)) {
        await rm(from);
        changed.push(`${OLD_FOLDER}/${name}: removed, as ${MODELS}/${service}/${name} is the same`);
      } else
        left.push(
          `${OLD_FOLDER}/${name}: ${MODELS}/${service}/${name} is another one; keep the one that you want there`,
        );
    } else {
      await rename(from, to);
      changed.push(`${OLD_FOLDER}/${name}: moved to ${MODELS}/${service}/${name}`);
    }
  }
  // Fails where something is left in it.
  await rmdir(folder).catch(() => undefined);
  return { changed, left };
}

/** Git moves the model of a fork to the folder of the shipped service when the new version is merged. */
async function renameSampleFolder(root: string, services: readonly string[]): Promise<readonly string[]> {
  const folders = await listFolders(path.join(root, MODELS));
  const [service, ...otherServices] = services;
  const [folder, ...otherFolders] = folders;
  if (service === undefined || folder !== SAMPLE || folder === service) return [];
  if (otherServices.length > 0 || otherFolders.length > 0) return [];
  await rename(path.join(root, MODELS, folder), path.join(root, MODELS, service));
  return [`${MODELS}/${folder}: renamed to ${MODELS}/${service}, the service of the environments`];
}

/** Golden cases as version 1 had them: only for the sample's input and output. */
const oldGolden = z.strictObject({
  tolerance: z.number(),
  cases: z.array(z.strictObject({ features: z.json(), prediction: z.json() })),
});

async function convertGolden(root: string, file: string): Promise<readonly string[]> {
  const text = await readFile(path.join(root, file), 'utf8').catch(() => undefined);
  const golden = text === undefined ? undefined : oldGolden.safeParse(tryParseJson(text));
  if (golden?.success !== true) return [];
  const { tolerance, cases } = golden.data;
  const document = {
    $schema: '../../golden.schema.json',
    cases: cases.map(({ features, prediction }, index) => ({
      name: `golden case ${String(index + 1)}`,
      request: { contentType: 'application/json', json: { features } },
      expect: { status: 200, outputs: { prediction: { value: prediction, absolute: tolerance } } },
    })),
  };
  await replaceFile(path.join(root, file), `${JSON.stringify(document, undefined, 2)}\n`);
  return [`${file}: written as cases of requests and answers`];
}

async function exists(file: string): Promise<boolean> {
  return (await readdir(path.dirname(file))).includes(path.basename(file));
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(async (file) => await readFile(file).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.equals(b);
}
