import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../build.ts';

/** A file that is made from another: its path in the repository and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The files whose text in the repository is another one, or that are missing there. */
export async function findStale(files: readonly GeneratedFile[]): Promise<readonly GeneratedFile[]> {
  const stale = await Promise.all(
    files.map(async (file) => ((await readText(path.join(ROOT, file.path))) === file.text ? [] : [file])),
  );
  return stale.flat();
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
