import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file beside its place and then moves it there: the old one stays whole where the new one can't be written, and
 * where it is a link, what it points to stays as it is.
 */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const next = `${file}.${String(process.pid)}.new`;
  try {
    await writeFile(next, content);
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
