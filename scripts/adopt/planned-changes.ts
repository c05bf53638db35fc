import { lstatSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
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

/**
 * Compares files that are to be there with those that are. Files below a removed folder count as not there.
 *
 * @throws UserError where something else is in the way: what is written through a link changes another folder.
 */
export async function planChanges(
  root: string,
  files: FilesToWrite,
  removed: readonly string[],
): Promise<PlannedChanges> {
  const added: string[] = [];
  const replaced: string[] = [];
  for (const [file, bytes] of files) {
    const isRemoved = removed.some((folder) => file.startsWith(`${folder}/`));
    if (isRemoved || !isThere(root, file)) added.push(file);
    else if (!(await readFile(path.join(root, file))).equals(bytes)) replaced.push(file);
  }
  return { added, replaced, removed };
}

/** Whether a file is there, in folders that are there. */
function isThere(root: string, file: string): boolean {
  const parts = file.split('/');
  for (const index of parts.keys()) {
    const part = parts.slice(0, index + 1).join('/');
    const found = lstatSync(path.join(root, part), { throwIfNoEntry: false });
    if (found === undefined) return false;
    const isLast = part === file;
    if (isLast ? found.isFile() : found.isDirectory()) continue;
    const [expected, other] = isLast ? ['a file', 'a folder'] : ['a folder', 'a file'];
    throw new UserError({
      what: `${file} can't be written`,
      where: part,
      expected: `${expected}, or nothing`,
      found: found.isSymbolicLink() ? 'a link' : other,
      remedy: 'Move it out of the way; nothing was written.',
    });
  }
  return true;
}

/** Removes the folders, then writes the files that are new or another. */
export async function carryOut(root: string, files: FilesToWrite, plan: PlannedChanges): Promise<void> {
  for (const folder of plan.removed) await rm(path.join(root, folder), { recursive: true });
  for (const file of [...plan.added, ...plan.replaced]) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await replaceFile(path.join(root, file), files.get(file) ?? '');
  }
}
