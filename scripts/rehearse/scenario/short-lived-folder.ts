import { constants } from 'node:fs';
import { access, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';

const MEMORY = '/dev/shm';
// A dozen jobs at a time with a checkout each, and images with their caches.
const ENOUGH_BYTES = 4 * 1024 ** 3;
// The repository, its remote, and each job's checkout and images hold copies.
const COPIES_OF_MODELS = 40;

/**
 * Makes a folder for files that come and go by the thousand, in memory where there is enough: ext4 passes over every inode
 * that was freed in the last minutes, so that a checkout after a hundred deleted ones takes four times as long.
 *
 * @param modelBytes - the size of all models together.
 */
export async function makeShortLivedFolder(prefix: string, modelBytes: number): Promise<string> {
  const isChosen = process.env['TMPDIR'] !== undefined;
  if (!isChosen && (await hasRoom(MEMORY, ENOUGH_BYTES + COPIES_OF_MODELS * modelBytes))) {
    const folder = await mkdtemp(path.join(MEMORY, prefix));
    if (await runsPrograms(folder)) return folder;
    await rm(folder, { recursive: true });
  }
  return await mkdtemp(path.join(tmpdir(), prefix));
}

async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= bytes;
  } catch {
    return false;
  }
}

/** Whether the file system lets programs run: containers mount theirs with noexec. */
async function runsPrograms(folder: string): Promise<boolean> {
  const program = path.join(folder, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
  try {
    return (await runProcess({ command: program, argv: [], cwd: folder, environment: {} })).exitCode === 0;
  } catch {
    return false;
  } finally {
    await rm(program);
  }
}
