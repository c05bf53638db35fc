import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { listEnvironments, readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { FORMAT_VERSION } from '../../actions/lib/domain/environment/environment.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json/file.ts';
import { tryParseJson } from '../../actions/lib/domain/json/try-parse.ts';
import { environmentFiles } from '../generate/environment-files.ts';
import { replaceFile } from '../replace-file.ts';
import type { Migration } from './migration.ts';
import { migrateModels } from './models.ts';
import { removeTestFile, renameAccountSettings } from './product-files.ts';

/** An environment file of any version: only what a migration has to know of it. */
const anyVersion = z.looseObject({ formatVersion: z.int('a whole number').optional(), service: z.string() });

interface AnyVersionFile extends JsonFile {
  /** Of the environment. */
  readonly name: string;
  readonly content: z.output<typeof anyVersion>;
}

/**
 * Brings a repository's content from any older version, or from the middle of a migration, to the present one.
 *
 * @throws UserError when a file can't be read, or is newer than the product.
 */
export async function migrate(root: string): Promise<Migration> {
  const names = await listEnvironments(root);
  // All are read before one is written.
  const files = await Promise.all(names.map(async (name) => await readAnyVersion(root, name)));
  const steps: Migration[] = [];
  for (const file of files)
    steps.push({ changed: await setFormatVersion(root, file), left: [] }, await removeTestFile(root, file.name));
  const services = new Set(files.map(({ content }) => content.service));
  steps.push(await migrateModels(root, [...services]), await renameAccountSettings(root));
  steps.push({ changed: await writeGeneratedFiles(root, names), left: [] });
  return { changed: steps.flatMap(({ changed }) => changed), left: steps.flatMap(({ left }) => left) };
}

async function setFormatVersion(
  root: string,
  { path: file, text, content }: AnyVersionFile,
): Promise<readonly string[]> {
  const { formatVersion = 1, ...rest } = content;
  if (formatVersion >= FORMAT_VERSION) return [];
  const line = `"formatVersion": ${String(FORMAT_VERSION)}`;
  const without = text.replace(/^[ \t]*"formatVersion"\s*:\s*\d+\s*,[ \t]*\n/m, '');
  const edited = without.replace(/([ \t]*)"service"\s*:/, `$1${line},\n$1"service":`);
  const wanted = { formatVersion: FORMAT_VERSION, ...rest };
  // The edit keeps the layout of most files; one that is laid out otherwise is written anew.
  const isRight = isDeepStrictEqual(tryParseJson(edited), wanted) && edited.split('"formatVersion"').length === 2;
  await replaceFile(path.join(root, file), isRight ? edited : `${JSON.stringify(wanted, null, 2)}\n`);
  return [`${file}: set formatVersion to ${String(FORMAT_VERSION)}`];
}

async function readAnyVersion(root: string, name: string): Promise<AnyVersionFile> {
  const file = `environments/${name}/environment.json`;
  const text = await readFile(path.join(root, file), 'utf8');
  return { name, path: file, text, content: parseJsonFile({ path: file, text }, anyVersion, 'Restore it from Git.') };
}

async function writeGeneratedFiles(root: string, names: readonly string[]): Promise<readonly string[]> {
  const folders = await Promise.all(names.map(async (name) => await readEnvironmentFolder(root, name)));
  const changed: string[] = [];
  const environments = folders.map(({ environment }) => environment);
  for (const { path: file, text } of await environmentFiles(root, environments)) {
    const target = path.join(root, file);
    const before = await readFile(target, 'utf8').catch(() => undefined);
    if (before === text) continue;
    await replaceFile(target, text);
    changed.push(`${file}: written as \`npm run generate\` does`);
  }
  return changed;
}
