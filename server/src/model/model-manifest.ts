import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A model's digest, as `sha256:` and 64 hex digits, and the size of its files. */
export interface ModelManifest {
  readonly digest: string;
  readonly bytes: number;
}

/**
 * The digest of a model's folder: the SHA-256 of a list with one line `SHA256  PATH` for each file, sorted by the bytes
 * of the path. A release names a published model by the same digest. Reads all files in slices.
 */
export async function readModelManifest(directory: string): Promise<ModelManifest> {
  const files = await listModelFiles(directory);
  const list = createHash('sha256');
  for (const { relative, source } of files) list.update(`${await hashFile(source)}  ${relative}\n`);
  return { digest: `sha256:${list.digest('hex')}`, bytes: sumBytes(files) };
}

/** Bytes of a model's files, sub-folders included. */
export async function modelBytes(directory: string): Promise<number> {
  return sumBytes(await listModelFiles(directory));
}

interface FoundFile {
  /** With `/`. */
  readonly relative: string;
  readonly source: string;
  readonly bytes: number;
}

async function listModelFiles(directory: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const name of await readdir(directory, { recursive: true })) {
    const relative = name.split(path.sep).join('/');
    const source = path.join(directory, name);
    if (!isModelFile(relative)) continue;
    const { isFile, bytes } = await describe(source);
    if (isFile) found.push({ relative, source, bytes });
  }
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.relative), Buffer.from(b.relative)));
}

/** What made a model and what describes it is not in the image, and not in the digest. */
function isModelFile(relative: string): boolean {
  const parts = relative.split('/');
  if (parts.some((part) => part.startsWith('.'))) return false;
  return !/\.(ts|md)$/.test(relative) && !BESIDE.has(parts.at(-1) ?? '');
}

// A link to nowhere is no file of the model.
async function describe(source: string): Promise<{ readonly isFile: boolean; readonly bytes: number }> {
  try {
    const found = await stat(source);
    return { isFile: found.isFile(), bytes: found.size };
  } catch {
    return { isFile: false, bytes: 0 };
  }
}

function sumBytes(files: readonly FoundFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function hashFile(source: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(source, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Files beside a model that ask it something, or say how its image is built; they are not in it. */
const BESIDE: ReadonlySet<string> = new Set(['build.json', 'golden.json', 'review.json', 'review.jsonl', 'review.csv']);
