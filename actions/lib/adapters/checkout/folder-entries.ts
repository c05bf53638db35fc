import { readdir } from 'node:fs/promises';
import path, { posix } from 'node:path';
import type { FolderEntry } from '../../domain/environment/foreign-files.ts';
import type { Git } from '../../ports/git.ts';

/**
 * What is in a folder of a checkout, in the working tree or in Git. A data folder of Terraform is listed where Git has it.
 *
 * @param folder relative to the root of the repository
 */
export async function readFolderEntries(root: string, folder: string, git: Git): Promise<readonly FolderEntry[]> {
  const head = await git.commitOf('HEAD');
  const tracked = head === undefined ? [] : await git.filesBelow(head, folder);
  const found = new Map<string, FolderEntry>(tracked.map((file) => [file.path, { ...file, isTracked: true }]));
  for (const { path: name, kind } of await walk(root, folder)) {
    const known = found.get(name);
    if (known?.kind !== 'link') found.set(name, { path: name, kind, isTracked: known !== undefined });
  }
  return [...found.values()];
}

async function walk(root: string, folder: string): Promise<readonly Pick<FolderEntry, 'path' | 'kind'>[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true });
  const found = entries
    .filter(({ name }) => name !== '.terraform' && name !== 'node_modules')
    .map(async (entry): Promise<readonly Pick<FolderEntry, 'path' | 'kind'>[]> => {
      const name = posix.join(folder, entry.name);
      if (entry.isDirectory()) return await walk(root, name);
      return [{ path: name, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other' }];
    });
  return (await Promise.all(found)).flat();
}
