import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
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
  await mkdir(workFolder(root), { recursive: true });
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return async () => await rm(file, { force: true });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const text = await readFile(file, 'utf8').catch(() => '');
    const pid = Number(text);
    if (text === '' || isRunning(pid)) {
      throw new UserError({
        what: 'Another bootstrap runs in this checkout',
        where: file,
        expected: 'one at a time: the second would replace the plan that the first one shows',
        found: text === '' ? 'one that is starting or ending' : `process ${text}`,
        remedy: 'Wait until it has ended, or end it. If there is none, remove the file.',
      });
    }
    await rm(file, { force: true });
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
