import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path, { posix } from 'node:path';
import { environmentFolder } from '../../domain/environment/base-files.ts';
import { localReferences, type EnvironmentSources } from '../../domain/changes/touched-environments.ts';
import type { TerraformFile } from '../../domain/plan/configuration-warnings.ts';
import { ROOT_FILES, type RootFiles } from '../../domain/plan/root-module-warnings.ts';
import { isMissing } from '../checkout/content-file.ts';
import { listEnvironments } from '../checkout/environment-folder.ts';
import { readEnvironmentPlace } from '../checkout/environment-place.ts';
import type { PlanSources } from '../../ports/plan-sources.ts';

// What Terraform itself puts into a folder, and what no plan is made from.
const IGNORED = /(?:^|\/)(?:\.terraform|\.terraform\.lock\.hcl\.bak|node_modules)(?:\/|$)|\.tfstate(?:\.|$)|\.tfplan$/;

/** The sources of plans in the working tree at `root`. */
export function createPlanSources(root: string): PlanSources {
  return {
    sourcesOf: async (environment) => await findSources(root, environment),
    digest: async (environment) => await digestSources(root, await findSources(root, environment)),
    lockFileDigest: async (environment) =>
      await digestFile(path.join(root, environmentFolder(environment), '.terraform.lock.hcl')),
    terraformFiles: async (folders) => (await Promise.all(folders.map((folder) => readModule(root, folder)))).flat(),
    rootFiles: async (environment) => {
      const read = async (name: keyof RootFiles): Promise<string | undefined> =>
        (await tryReadFile(path.join(root, environmentFolder(environment), ROOT_FILES[name])))?.toString();
      return { main: await read('main'), backend: await read('backend'), lock: await read('lock') };
    },
  };
}

/** Every environment with its place in the order of promotion, and everything that its plan is made from. */
export async function readEnvironmentSources(root: string): Promise<readonly EnvironmentSources[]> {
  return await Promise.all(
    (await listEnvironments(root)).map(async (name) => ({
      ...(await readEnvironmentPlace(root, name)),
      sources: await findSources(root, name),
    })),
  );
}

// The environment's folder, the local modules that it uses, directly or not, and files that these read by a literal path.
async function findSources(root: string, environment: string): Promise<readonly string[]> {
  const rootFolder = environmentFolder(environment);
  const found = new Set<string>();
  const waiting = [rootFolder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const file of await listFiles(root, next)) {
      if (!/\.tf(?:\.json)?$/.test(file)) continue;
      const text = await readFile(path.join(root, file), 'utf8');
      waiting.push(...localReferences(text, posix.dirname(file), rootFolder));
    }
  }
  return [...found].sort();
}

// Over the paths and the contents: the same sources, the same digest.
async function digestSources(root: string, sources: readonly string[]): Promise<string> {
  const files = new Set<string>();
  for (const source of sources) for (const file of await listFiles(root, source)) files.add(file);
  const digest = createHash('sha256');
  for (const file of [...files].sort()) {
    const content = createHash('sha256').update(await readFile(path.join(root, file)));
    digest.update(`${JSON.stringify(file)} ${content.digest('hex')}\n`);
  }
  return digest.digest('hex');
}

async function readModule(root: string, folder: string): Promise<readonly TerraformFile[]> {
  const names = (await readdir(path.join(root, folder))).filter((name) => /\.tf(?:\.json)?$/.test(name)).sort();
  return await Promise.all(
    names.map(async (name) => ({
      path: posix.join(folder, name),
      text: await readFile(path.join(root, folder, name), 'utf8'),
    })),
  );
}

async function digestFile(file: string): Promise<string | null> {
  const content = await tryReadFile(file);
  return content === undefined ? null : createHash('sha256').update(content).digest('hex');
}

async function tryReadFile(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function listFiles(root: string, source: string): Promise<readonly string[]> {
  if (IGNORED.test(source)) return [];
  const found = await stat(path.join(root, source)).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [source];
  const entries = await readdir(path.join(root, source), { withFileTypes: true });
  const nested = await Promise.all(entries.map((entry) => listFiles(root, posix.join(source, entry.name))));
  return nested.flat();
}
