import { crc32, inflateRawSync } from 'node:zlib';
import { Problem } from '../errors/problem.ts';

// The container of numpy.savez: a ZIP file (APPNOTE.TXT) with one NAME.npy an array, stored or deflated.
const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;

/** A named file of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Reads a ZIP archive of at most `maxBytes` unpacked: a small archive must not fill the memory. @throws Problem 400 or 413 */
export function parseZip(file: Buffer, maxBytes: number): ArchiveEntry[] {
  try {
    return readEntries(file, maxBytes);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem(400, `the body is not a readable npz file: ${reason}`, { cause: error });
  }
}

function readEntries(file: Buffer, maxBytes: number): ArchiveEntry[] {
  const end = findEnd(file);
  const count = file.readUInt16LE(end + 10);
  let position = file.readUInt32LE(end + 16);
  let unpacked = 0;
  const entries: ArchiveEntry[] = [];
  for (let index = 0; index < count; index++) {
    if (file.readUInt32LE(position) !== centralSignature) throw new Problem(400, 'the npz directory is damaged');
    const method = file.readUInt16LE(position + 10);
    const checksum = file.readUInt32LE(position + 16);
    const packedBytes = file.readUInt32LE(position + 20);
    const nameBytes = file.readUInt16LE(position + 28);
    const name = file.toString('utf8', position + centralBytes, position + centralBytes + nameBytes);
    const local = file.readUInt32LE(position + 42);
    if (file.readUInt32LE(local) !== localSignature) throw new Problem(400, `npz member "${name}" is damaged`);
    const start = local + localBytes + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    if (start + packedBytes > file.length) throw new Problem(400, `npz member "${name}" is cut short`);
    const packed = file.subarray(start, start + packedBytes);
    const content = unpack(packed, method, name, maxBytes - unpacked);
    unpacked += content.byteLength;
    if (crc32(content) !== checksum) throw new Problem(400, `npz member "${name}" does not match its checksum`);
    entries.push({ name, content });
    position += centralBytes + nameBytes + file.readUInt16LE(position + 30) + file.readUInt16LE(position + 32);
  }
  return entries;
}

function findEnd(file: Buffer): number {
  for (let position = file.length - endBytes; position >= Math.max(0, file.length - endBytes - 65_535); position--) {
    if (file.readUInt32LE(position) === endSignature) return position;
  }
  throw new Problem(400, 'the body is not an npz file: it has no end of a ZIP directory');
}

function unpack(packed: Uint8Array, method: number, name: string, maxBytes: number): Uint8Array {
  if (method === 0) {
    if (packed.byteLength > maxBytes) throw unpacksTooLarge(name);
    return packed;
  }
  if (method !== 8)
    throw new Problem(400, `npz member "${name}" uses compression method ${method}; only stored and deflated are read`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if (error instanceof RangeError) throw unpacksTooLarge(name);
    throw new Problem(400, `npz member "${name}" cannot be unpacked`, { cause: error });
  }
}

function unpacksTooLarge(name: string): Problem {
  return new Problem(413, `npz member "${name}" unpacks to more than the body limit allows`);
}

/** A ZIP archive of files, stored. */
export function renderZip(entries: readonly ArchiveEntry[]): Buffer {
  const pieces: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const nameBytes = Buffer.from(name, 'utf8');
    const local = Buffer.alloc(localBytes);
    local.writeUInt32LE(localSignature, 0);
    writeCommonFields(local, 4, nameBytes, content);
    const central = Buffer.alloc(centralBytes);
    central.writeUInt32LE(centralSignature, 0);
    central.writeUInt16LE(20, 4);
    writeCommonFields(central, 6, nameBytes, content);
    central.writeUInt32LE(offset, 42);
    directory.push(central, nameBytes);
    pieces.push(local, nameBytes, content);
    offset += localBytes + nameBytes.length + content.byteLength;
  }
  const end = Buffer.alloc(endBytes);
  const directoryBytes = directory.reduce((sum, piece) => sum + piece.length, 0);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, ...directory, end]);
}

/** The fields that a local header and a directory entry share, in the same order: from version to name length. */
function writeCommonFields(target: Buffer, at: number, name: Buffer, content: Uint8Array): void {
  const utf8Names = 0x800;
  const firstOfJanuary1980 = 0x21;
  target.writeUInt16LE(20, at);
  target.writeUInt16LE(utf8Names, at + 2);
  target.writeUInt16LE(firstOfJanuary1980, at + 8);
  target.writeUInt32LE(crc32(content), at + 10);
  target.writeUInt32LE(content.byteLength, at + 14);
  target.writeUInt32LE(content.byteLength, at + 18);
  target.writeUInt16LE(name.length, at + 22);
}
