import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listEnvironments } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { environmentFileSchema, type EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { parseJsonFile, type JsonFile } from '../../actions/lib/domain/json/file.ts';
import { renderReleaseFile } from '../../actions/lib/domain/release/edit.ts';
import { parseReleaseFile, type ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { generateEnvironmentFiles } from '../generate/environment-files.ts';

/** The bytes of files by their paths inside a folder. */
export type Files = Readonly<Record<string, Buffer>>;

/** The hand-written files of an environment: the two that have a parser, and the others, such as its smoke cases and notes. */
export interface EnvironmentContent {
  readonly file: EnvironmentFile;
  readonly releases: ReleaseFile;
  readonly others: Files;
}

/** What a fork owns: its environments by name, and the model folders by service. */
export interface Content {
  readonly environments: Readonly<Record<string, EnvironmentContent>>;
  readonly models: Readonly<Record<string, Files>>;
}

const NOT_OTHERS = ['environment.json', 'release.json', 'main.tf', '.terraform.lock.hcl', 'backend.hcl'];
const MODELS = 'server/models';

/**
 * Reads the content of a checkout.
 *
 * @throws UserError when an environment's file is missing or not valid.
 */
export async function readContent(root: string): Promise<Content> {
  const environments: Record<string, EnvironmentContent> = {};
  for (const name of await listEnvironments(root)) {
    environments[name] = readEnvironment(name, await readFiles(path.join(root, 'environments', name)));
  }
  const models: Record<string, Files> = {};
  for (const service of await listFolders(path.join(root, MODELS))) {
    models[service] = await readFiles(path.join(root, MODELS, service));
  }
  return { environments, models };
}

/** Replaces the content of a checkout, with the files that are generated from it. */
export async function writeContent(root: string, content: Content): Promise<void> {
  for (const parent of ['environments', MODELS]) {
    for (const folder of await listFolders(path.join(root, parent))) {
      await rm(path.join(root, parent, folder), { recursive: true });
    }
  }
  for (const [service, files] of Object.entries(content.models)) {
    await writeFiles(path.join(root, MODELS, service), files);
  }
  for (const [name, { file, releases, others }] of Object.entries(content.environments)) {
    await writeFiles(path.join(root, 'environments', name), {
      ...others,
      'environment.json': jsonFile(file),
      'release.json': Buffer.from(renderReleaseFile(releases)),
    });
  }
  for (const { path: file, text } of await generateEnvironmentFiles(root)) await writeFile(path.join(root, file), text);
}

/** A JSON file as people write it: two spaces, a newline at the end. */
export function jsonFile(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

function readEnvironment(name: string, files: Files): EnvironmentContent {
  const jsonFileOf = (file: string): JsonFile => ({
    path: `environments/${name}/${file}`,
    text: Buffer.from(files[file] ?? []).toString('utf8'),
  });
  return {
    file: parseJsonFile(jsonFileOf('environment.json'), environmentFileSchema, 'Correct the value.'),
    releases: parseReleaseFile(jsonFileOf('release.json')),
    others: Object.fromEntries(Object.entries(files).filter(([file]) => !NOT_OTHERS.includes(file))),
  };
}

async function listFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function readFiles(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Record<string, Buffer> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    files[path.relative(folder, file)] = await readFile(file);
  }
  return files;
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [file, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), bytes);
  }
}
