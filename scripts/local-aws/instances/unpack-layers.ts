import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';

type Entry = Extract extends AsyncIterable<infer Source> ? Source : never;

const WHITEOUT = '.wh.';
const OPAQUE_WHITEOUT = '.wh..wh..opq';

/**
 * Unpacks an image's layers over each other into a directory, with whiteouts (OCI image specification, layer).
 * Devices and sockets are left out; nothing is written outside of `root`.
 */
export async function unpackLayers(layerPaths: readonly string[], root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  const realRoot = await realpath(root);
  for (const path of layerPaths) await unpackLayer(path, realRoot);
}

async function unpackLayer(path: string, root: string): Promise<void> {
  const fromThisLayer = new Set<string>();
  const entries = extract();
  const reading = (await isGzip(path))
    ? pipeline(createReadStream(path), createGunzip(), entries)
    : pipeline(createReadStream(path), entries);
  // The loop below sees the same failure; this keeps the rejection from being unhandled meanwhile.
  reading.catch(() => undefined);
  for await (const entry of entries) await unpackEntry(entry, root, fromThisLayer);
  await reading;
}

async function unpackEntry(entry: Entry, root: string, fromThisLayer: Set<string>): Promise<void> {
  const { header } = entry;
  const target = await safePath(root, header.name);
  const name = basename(target);
  if (name === OPAQUE_WHITEOUT) {
    entry.resume();
    await clearDirectory(dirname(target), fromThisLayer);
    return;
  }
  if (name.startsWith(WHITEOUT)) {
    entry.resume();
    await rm(join(dirname(target), name.slice(WHITEOUT.length)), { recursive: true, force: true });
    return;
  }
  for (let path = target; path.startsWith(root + sep); path = dirname(path)) fromThisLayer.add(path);
  await mkdir(dirname(target), { recursive: true });
  switch (header.type) {
    case 'directory':
      entry.resume();
      if (!(await isDirectory(target))) await rm(target, { force: true });
      await mkdir(target, { recursive: true });
      return;
    case 'symlink':
      entry.resume();
      await rm(target, { recursive: true, force: true });
      await symlink(insideTarget(header.linkname, root), target);
      return;
    case 'link':
      entry.resume();
      await rm(target, { recursive: true, force: true });
      await link(await safePath(root, header.linkname), target);
      return;
    case 'file':
    case 'contiguous-file':
      await rm(target, { recursive: true, force: true });
      await pipeline(entry, createWriteStream(target));
      await chmod(target, header.mode & 0o777);
      return;
    default:
      entry.resume();
  }
}

/** An absolute link of the image points into the unpacked root, not into this machine. */
const insideTarget = (linkTarget: string, root: string) =>
  linkTarget.startsWith('/') ? join(root, normalize(linkTarget)) : linkTarget;

/** The entry's place under the root. @throws when a parent is a link, through which a layer could write elsewhere. */
async function safePath(root: string, entryName: string): Promise<string> {
  const target = join(root, normalize(`/${entryName}`));
  const parts = target.slice(root.length + 1).split(sep);
  let path = root;
  for (const part of parts.slice(0, -1)) {
    path = join(path, part);
    const status = await lstat(path).catch(() => undefined);
    if (status?.isSymbolicLink() === true) {
      const linked = await followInside(root, path);
      return join(linked, ...target.slice(path.length + 1).split(sep));
    }
  }
  return target;
}

async function followInside(root: string, linkPath: string): Promise<string> {
  const real = await realpath(linkPath);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new Error(`the layer's link ${linkPath.slice(root.length)} leads out of the image, to ${real}`);
  }
  return real;
}

async function clearDirectory(directory: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    if (!keep.has(path)) await rm(path, { recursive: true, force: true });
  }
}

const isDirectory = async (path: string) => (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
