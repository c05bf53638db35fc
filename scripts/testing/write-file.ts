import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes a file below a folder, and the folders above the file. */
export async function writeFileBelow(root: string, file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

/** Writes a value as a JSON file below a folder, formatted as people write it. */
export async function writeJsonBelow(root: string, file: string, value: unknown): Promise<void> {
  await writeFileBelow(root, file, `${JSON.stringify(value, undefined, 2)}\n`);
}
