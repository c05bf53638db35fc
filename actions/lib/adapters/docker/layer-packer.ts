import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { z } from 'zod';
import { layerEntries, type LayerEntry, type LayerFile, type PackedLayer } from '../../domain/image/layer.ts';

/** A packed layer, and the file that holds its compressed archive. */
export interface PackedLayerFile extends PackedLayer {
  readonly file: string;
}

const packedSchema = z.object({ digest: z.string(), diffId: z.string(), sizeBytes: z.number() });

/**
 * Packs files as a layer. The archive depends on nothing but the files' paths and content: no time, owner or mode of this
 * machine is in it.
 */
export async function packLayer(files: readonly LayerFile[], folder: string): Promise<PackedLayerFile> {
  await mkdir(folder, { recursive: true });
  const draft = path.join(folder, `draft-${randomUUID()}`);
  const uncompressed = createHash('sha256');
  const compressed = createHash('sha256');
  const archive = pack();
  try {
    // The fastest level: a layer stays on this machine, and at level 6 onnxruntime takes twice as long for 8 % less.
    const written = pipeline(
      archive,
      tee(uncompressed),
      createGzip({ level: constants.Z_BEST_SPEED }),
      tee(compressed),
      createWriteStream(draft),
    );
    await Promise.all([written, writeEntries(archive, layerEntries(files))]);
    const digest = `sha256:${compressed.digest('hex')}`;
    const file = path.join(folder, `${digest.slice('sha256:'.length)}.tar.gz`);
    const { size } = await stat(draft);
    await rename(draft, file);
    return { digest, diffId: `sha256:${uncompressed.digest('hex')}`, sizeBytes: size, file };
  } catch (error) {
    archive.destroy();
    await rm(draft, { force: true });
    throw error;
  }
}

/** The same, but taken from the folder where a layer of the same files was packed before. */
export async function packLayerOnce(files: readonly LayerFile[], folder: string): Promise<PackedLayerFile> {
  const note = path.join(folder, `${await contentKey(files)}.json`);
  const kept = await readKept(note, folder);
  if (kept !== undefined) return kept;
  const { file, ...packed } = await packLayer(files, folder);
  const draft = `${note}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(packed));
  await rename(draft, note);
  return { file, ...packed };
}

async function readKept(note: string, folder: string): Promise<PackedLayerFile | undefined> {
  const text = await readFile(note, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const packed = packedSchema.parse(JSON.parse(text));
  const hex = packed.digest.slice('sha256:'.length);
  const file = path.join(folder, `${hex}.tar.gz`);
  // What was kept may have been cut short or removed since.
  const actual = await hashFile(file).catch(() => undefined);
  return actual === hex ? { ...packed, file } : undefined;
}

async function contentKey(files: readonly LayerFile[]): Promise<string> {
  const key = createHash('sha256').update(`zlib ${process.versions.zlib}\n`);
  for (const entry of layerEntries(files)) {
    if (entry.kind === 'folder') continue;
    const hash = 'text' in entry ? createHash('sha256').update(entry.text).digest('hex') : await hashFile(entry.source);
    key.update(`${hash} ${entry.target}\n`);
  }
  return key.digest('hex');
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function writeEntries(archive: ReturnType<typeof pack>, entries: readonly LayerEntry[]): Promise<void> {
  // Readable by everybody, for a container may run as any user.
  const constant = { mtime: new Date(0), uid: 0, gid: 0 };
  for (const entry of entries) {
    if (entry.kind === 'folder') {
      archive.entry({ ...constant, name: `${entry.target}/`, type: 'directory', mode: 0o755 });
    } else if ('text' in entry) {
      archive.entry({ ...constant, name: entry.target, type: 'file', mode: 0o644 }, entry.text);
    } else {
      const { size } = await stat(entry.source);
      const file = archive.entry({ ...constant, name: entry.target, type: 'file', mode: 0o644, size });
      await pipeline(createReadStream(entry.source), file);
    }
  }
  archive.finalize();
}

function tee(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
