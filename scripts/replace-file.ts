import { rename, rm, writeFile } from 'node:fs/promises';
import { reasonOfSystemError, UserError } from '../actions/lib/domain/errors/user-error.ts';

/**
 * Writes a file beside its place and then moves it there: the old one stays whole where the new one can't be written, and
 * where it is a link, what it points to stays as it is.
 *
 * @throws UserError when the system refuses it.
 */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const next = `${file}.${String(process.pid)}.new`;
  try {
    await writeFile(next, content);
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    const found = reasonOfSystemError(error);
    if (found === undefined) throw error;
    const remedy = 'Remove what is in its place, or make the folder writable.';
    throw new UserError({ what: `${file} cannot be written`, where: file, expected: 'a file', found, remedy });
  }
}
