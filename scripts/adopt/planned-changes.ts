import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../replace-file.ts';

/** What is written and removed, by paths in the repository. */
export interface PlannedChanges {
  /** Files that are not there yet. */
  readonly added: readonly string[];
  /** Files that are there with another content. */
  readonly replaced: readonly string[];
  /** Folders that are removed. */
  readonly removed: readonly string[];
}

/** The bytes of files by their paths in the repository. */
export type FilesToWrite = ReadonlyMap<string, Buffer>;

/** Compares files that are to be there with those that are. Files below a removed folder count as not there. */
export async function planChanges(
  root: string,
  files: FilesToWrite,
  removed: readonly string[],
): Promise<PlannedChanges> {
  const added: string[] = [];
  const replaced: string[] = [];
  for (const [file, bytes] of files) {
    const isRemoved = removed.some((folder) => file.startsWith(`${folder}/`));
    const before = isRemoved ? undefined : await readFile(path.join(root, file)).catch(() => undefined);
    if (before === undefined) added.push(file);
    else if (!before.equals(bytes)) replaced.push(file);
  }
  return { added, replaced, removed };
}

/** Removes the folders, then writes the files that are new or another. */
export async function carryOut(root: string, files: FilesToWrite, plan: PlannedChanges): Promise<void> {
  for (const folder of plan.removed) await rm(path.join(root, folder), { recursive: true });
  for (const file of [...plan.added, ...plan.replaced]) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await replaceFile(path.join(root, file), files.get(file) ?? '');
  }
}
