import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../actions/lib/adapters/checkout/content-file.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';

/** The folder of a checkout in which Terraform runs; one bootstrap at a time, because a plan and its files are in it. */
export function workFolder(root: string): string {
  return path.join(root, 'node_modules/.cache/bootstrap');
}

/**
 * Claims a checkout for this process, also where another one has ended without giving it back.
 *
 * @returns a function that gives it back
 * @throws UserError when another bootstrap runs in it.
 */
export async function claimCheckout(root: string): Promise<() => Promise<void>> {
  const file = path.join(workFolder(root), 'process');
  const own = `${file}.${String(process.pid)}`;
  await mkdir(workFolder(root), { recursive: true });
  await writeFile(own, String(process.pid));
  try {
    // A link appears with its content, so no other process finds half of it.
    while (!(await isDone(link(own, file), 'EEXIST'))) {
      const holder = await readFile(file, 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (holder !== undefined && isRunning(Number(holder))) throw inUse(file, holder);
      await rm(file, { force: true });
    }
  } finally {
    await rm(own);
  }
  return async () => await rm(file, { force: true });
}

function inUse(file: string, holder: string): UserError {
  return new UserError({
    what: 'Another bootstrap runs in this checkout',
    where: file,
    expected: 'one at a time: the second would replace the plan that the first one shows',
    found: `process ${holder}`,
    remedy: 'Wait until it has ended, or end it. If there is no such process, remove the file.',
  });
}

/** Whether something was done; false where it fails with this code. */
async function isDone(work: Promise<void>, code: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (hasCode(error, code)) return false;
    throw error;
  }
}

/** Whether a process of this machine runs, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    // Signal 0 only checks that the process exists.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
