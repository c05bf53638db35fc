import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { reasonOfSystemError, UserError } from '../../domain/errors/user-error.ts';
import { decodeText, type JsonFile } from '../../domain/json/file.ts';

/**
 * A text file that people write; undefined where it is not there.
 *
 * @param file its path, relative to `root`
 * @throws UserError when it can't be read, or is not in UTF-8.
 */
export async function readContentFile(root: string, file: string): Promise<JsonFile | undefined> {
  const bytes = await readFile(path.resolve(root, file)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    const found = reasonOfSystemError(error);
    if (found === undefined) throw error;
    const remedy = 'Put the file in its place, or restore it from Git.';
    throw new UserError({
      ...{ what: `${file} cannot be read`, where: file, expected: 'a file', found, remedy },
      location: { file },
    });
  });
  return bytes && decodeText(file, bytes);
}

/** Whether a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
