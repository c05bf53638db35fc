import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Blobs on disk by digest, and uploads that grow towards one. */
export interface BlobStore {
  /** Path of a blob's file; it exists only when size() is not undefined. */
  path(digest: string): string;
  size(digest: string): Promise<number | undefined>;
  read(digest: string): Promise<Buffer>;
  stream(digest: string, range?: { readonly start: number; readonly end: number }): Readable;
  startUpload(): string;
  uploadedBytes(id: string): Promise<number | undefined>;
  append(id: string, data: Readable): Promise<number>;
  /** Turns an upload into a blob; answers the digest found when it differs from the expected one. */
  finish(id: string, expectedDigest: string): Promise<{ readonly ok: boolean; readonly found: string }>;
  cancel(id: string): Promise<void>;
}

/** A blob store in a directory of its own. */
export function createBlobStore(directory: string): BlobStore {
  const blobs = join(directory, 'blobs');
  const uploads = join(directory, 'uploads');
  mkdirSync(blobs, { recursive: true });
  mkdirSync(uploads, { recursive: true });
  const started = new Set<string>();
  const path = (digest: string) => join(blobs, digest.replace(':', '-'));
  const uploadPath = (id: string) => join(uploads, id);
  const sizeOf = async (file: string) => {
    try {
      return (await stat(file)).size;
    } catch {
      return undefined;
    }
  };
  return {
    path,
    size: (digest) => sizeOf(path(digest)),
    read: (digest) => readFile(path(digest)),
    stream: (digest, range) => createReadStream(path(digest), range),
    startUpload() {
      const id = randomUUID();
      started.add(id);
      return id;
    },
    async uploadedBytes(id) {
      return started.has(id) ? ((await sizeOf(uploadPath(id))) ?? 0) : undefined;
    },
    async append(id, data) {
      const before = (await sizeOf(uploadPath(id))) ?? 0;
      try {
        await pipeline(data, createWriteStream(uploadPath(id), { flags: 'a' }));
      } catch (error) {
        // Discard an incomplete chunk: the client requests the offset and sends it again.
        await truncate(uploadPath(id), before).catch(() => undefined);
        throw error;
      }
      return (await sizeOf(uploadPath(id))) ?? 0;
    },
    async finish(id, expectedDigest) {
      const hash = createHash('sha256');
      if ((await sizeOf(uploadPath(id))) === undefined) await writeFile(uploadPath(id), '');
      for await (const chunk of createReadStream(uploadPath(id))) hash.update(chunk as Buffer);
      const found = `sha256:${hash.digest('hex')}`;
      if (found !== expectedDigest) return { ok: false, found };
      await rename(uploadPath(id), path(found));
      started.delete(id);
      return { ok: true, found };
    },
    async cancel(id) {
      started.delete(id);
      await rm(uploadPath(id), { force: true });
    },
  };
}
