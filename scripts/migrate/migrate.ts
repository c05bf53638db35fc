import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { listEnvironments, readJsonFile } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import {
  environmentFileSchema,
  FORMAT_VERSION,
  parseEnvironmentFile,
  type Environment,
} from '../../actions/lib/domain/environment/environment.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json/file.ts';
import { tryParseJson } from '../../actions/lib/domain/json/try-parse.ts';
import { parseReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { environmentFiles } from '../generate/environment-files.ts';
import { replaceFile } from '../replace-file.ts';
import type { Migration } from './migration.ts';
import { migrateModels } from './models.ts';
import { readAccountRenames, removeTestFile, renameAccountSettings } from './product-files.ts';

/** An environment file of any version: only what a migration has to know of it. */
const anyVersion = z.looseObject({
  formatVersion: z.int('a whole number').optional(),
  service: environmentFileSchema.shape.service,
});

interface AnyVersionFile extends JsonFile {
  /** Of the environment. */
  readonly name: string;
  readonly service: string;
  /** 1 where the file has none. */
  readonly formatVersion: number;
  /** The file in the present version. */
  readonly migrated: string;
}

/**
 * Brings a repository's content from any older version, or from the middle of a migration, to the present one.
 *
 * @throws UserError when a file can't be read or is not valid, or is newer than the product. Nothing is changed then.
 */
export async function migrate(root: string): Promise<Migration> {
  const names = await listEnvironments(root);
  const files = await Promise.all(names.map(async (name) => await readAnyVersion(root, name)));
  const environments = files.map(({ name, path: file, migrated }) =>
    parseEnvironmentFile(name, { path: file, text: migrated }),
  );
  for (const name of names) parseReleaseFile(await readJsonFile(root, `environments/${name}/release.json`));
  const renames = await readAccountRenames(root);

  const steps: Migration[] = [];
  for (const name of names) steps.push(await removeTestFile(root, name));
  const services = [...new Set(files.map(({ service }) => service))];
  const isFromVersion1 = files.some(({ formatVersion }) => formatVersion === 1);
  steps.push(await migrateModels(root, services, isFromVersion1), await renameAccountSettings(root, renames));
  // The version comes last: until then another run starts where this one ended.
  steps.push({ changed: await writeMigrated(root, files), left: [] });
  steps.push({ changed: await writeGeneratedFiles(root, environments), left: [] });
  return { changed: steps.flatMap(({ changed }) => changed), left: steps.flatMap(({ left }) => left) };
}

async function readAnyVersion(root: string, name: string): Promise<AnyVersionFile> {
  const file = await readJsonFile(root, `environments/${name}/environment.json`);
  const content = parseJsonFile(file, anyVersion, 'Restore it from Git.');
  const { formatVersion = 1, ...rest } = content;
  const migrated = formatVersion < FORMAT_VERSION ? withPresentVersion(file.text, rest) : file.text;
  return { ...file, name, service: rest.service, formatVersion, migrated };
}

function withPresentVersion(text: string, rest: object): string {
  const line = `"formatVersion": ${String(FORMAT_VERSION)}`;
  const without = text.replace(/^[ \t]*"formatVersion"\s*:\s*\d+\s*,[ \t]*\n/m, '');
  const edited = without.replace(/([ \t]*)"service"\s*:/, `$1${line},\n$1"service":`);
  const wanted = { formatVersion: FORMAT_VERSION, ...rest };
  // The edit keeps the layout of most files; one that is laid out otherwise is written anew.
  const isRight = isDeepStrictEqual(tryParseJson(edited), wanted) && edited.split('"formatVersion"').length === 2;
  return isRight ? edited : `${JSON.stringify(wanted, null, 2)}\n`;
}

async function writeMigrated(root: string, files: readonly AnyVersionFile[]): Promise<readonly string[]> {
  const older = files.filter(({ text, migrated }) => text !== migrated);
  for (const { path: file, migrated } of older) await replaceFile(path.join(root, file), migrated);
  return older.map(({ path: file }) => `${file}: set formatVersion to ${String(FORMAT_VERSION)}`);
}

async function writeGeneratedFiles(root: string, environments: readonly Environment[]): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const { path: file, text } of await environmentFiles(root, environments)) {
    const target = path.join(root, file);
    const before = await readFile(target, 'utf8').catch(() => undefined);
    if (before === text) continue;
    await replaceFile(target, text);
    changed.push(`${file}: written as \`npm run generate\` does`);
  }
  return changed;
}
