import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseEnvironmentFile, type Environment } from '../../domain/environment/environment.ts';
import { noSuchEnvironment } from '../../domain/environment/no-such-environment.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import type { JsonFile } from '../../domain/json/file.ts';
import { parseReleaseFile, type ReleaseFile } from '../../domain/release/release.ts';
import { isMissing, readContentFile } from './content-file.ts';

/** An environment as its folder in Git describes it. */
export interface EnvironmentFolder {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
}

/**
 * Reads `environments/NAME/environment.json` and `release.json` below the root of the repository.
 *
 * @throws UserError when the environment doesn't exist, or one of its files is missing or not valid.
 */
export async function readEnvironmentFolder(root: string, name: string): Promise<EnvironmentFolder> {
  const known = await listEnvironments(root);
  if (!known.includes(name)) {
    throw noSuchEnvironment(name, known);
  }
  return await readFolder(root, name);
}

/**
 * Reads all environments, sorted by name. For work that needs every one of them; other work goes on without those that are
 * broken (`readKnownEnvironments`).
 *
 * @throws UserError when a file of one of them is missing or not valid.
 */
export async function readEnvironmentFolders(root: string): Promise<readonly EnvironmentFolder[]> {
  return await Promise.all((await listEnvironments(root)).map(async (name) => await readFolder(root, name)));
}

async function readFolder(root: string, name: string): Promise<EnvironmentFolder> {
  return {
    environment: await readEnvironment(root, name),
    releaseFile: parseReleaseFile(await readJsonFile(root, `environments/${name}/release.json`)),
  };
}

/**
 * Reads the `environment.json` of one environment.
 *
 * @throws UserError when it is missing or not valid.
 */
export async function readEnvironment(root: string, name: string): Promise<Environment> {
  return parseEnvironmentFile(name, await readJsonFile(root, `environments/${name}/environment.json`));
}

/**
 * The names of the environments: the folders under `environments/` that hold an `environment.json`, sorted. Links and hidden
 * folders are none.
 */
export async function listEnvironments(root: string): Promise<readonly string[]> {
  const folder = path.join(root, 'environments');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const held = await Promise.all(folders.map(async (name) => await readdir(path.join(folder, name))));
  return folders.filter((_, index) => held[index]?.includes('environment.json')).sort();
}

/**
 * A JSON file of an environment.
 *
 * @throws UserError when it is missing, can't be read, or is not in UTF-8.
 */
export async function readJsonFile(root: string, file: string): Promise<JsonFile> {
  const found = await readContentFile(root, file);
  if (found !== undefined) return found;
  throw new UserError({
    what: `${file} is missing`,
    where: file,
    expected: 'a JSON file',
    found: 'no such file',
    remedy: file.endsWith('release.json')
      ? 'Restore it from Git, or start with { "live": null, "releases": {} }.'
      : 'Restore it from Git, or copy the one of another environment and edit it.',
    location: { file },
  });
}
