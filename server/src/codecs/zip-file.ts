import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Steps } from './steps.ts';
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
export function* stepsOfZip(file: Buffer, maxBytes: number): Steps<readonly ArchiveEntry[]> {
  try {
    return yield* readEntries(file, maxBytes);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem(400, `the body is not a readable npz file: ${reason}`, { cause: error });
  }
}

function* readEntries(file: Buffer, maxBytes: number): Steps<readonly ArchiveEntry[]> {
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
    const content = yield* unpack(packed, method, name, maxBytes - unpacked);
    unpacked += content.byteLength;
    if ((yield* checksumOf(content)) !== checksum)
      throw new Problem(400, `npz member "${name}" does not match its checksum`);
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

/** Members from this size on are unpacked by zlib's own threads. A body that is read at once is smaller. */
const largeMemberBytes = 262_144;
const inflateInThread = promisify(inflateRaw);

function* unpack(packed: Uint8Array, method: number, name: string, maxBytes: number): Steps<Uint8Array> {
  if (method === 0) {
    if (packed.byteLength > maxBytes) throw unpacksTooLarge(name);
    return packed;
  }
  if (method !== 8)
    throw new Problem(400, `npz member "${name}" uses compression method ${method}; only stored and deflated are read`);
  const options = { maxOutputLength: Math.max(1, maxBytes) };
  try {
    if (packed.byteLength < largeMemberBytes) return inflateRawSync(packed, options);
    let content: Uint8Array | undefined;
    let failure: unknown;
    yield inflateInThread(packed, options).then(
      (unpacked) => (content = unpacked),
      (error: unknown) => (failure = error),
    );
    if (content === undefined) throw failure;
    return content;
  } catch (error) {
    if (error instanceof RangeError) throw unpacksTooLarge(name);
    throw new Problem(400, `npz member "${name}" cannot be unpacked`, { cause: error });
  }
}

const bytesOfStep = 4 * 1024 * 1024;

function* checksumOf(content: Uint8Array): Steps<number> {
  let checksum = 0;
  for (let start = 0; start < content.byteLength; start += bytesOfStep) {
    checksum = crc32(content.subarray(start, start + bytesOfStep), checksum);
    yield;
  }
  return checksum;
}

function unpacksTooLarge(name: string): Problem {
  return new Problem(413, `npz member "${name}" unpacks to more than the body limit allows`);
}

/** A file whose content is rendered in pieces. */
interface RenderedEntry {
  readonly name: string;
  readonly content: Iterable<Uint8Array>;
}

const nothing = new Uint8Array(0);

/** A ZIP archive of files, stored, in pieces. */
export function* piecesOfZip(entries: readonly RenderedEntry[]): Generator<Uint8Array, void> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const pieces: Uint8Array[] = [];
    const sums = { bytes: 0, checksum: 0 };
    for (const piece of content) {
      pieces.push(piece);
      sums.bytes += piece.byteLength;
      sums.checksum = crc32(piece, sums.checksum);
      // The header has the checksum, so it waits for the content. The event loop need not wait.
      yield nothing;
    }
    const nameBytes = Buffer.from(name, 'utf8');
    const local = Buffer.alloc(localBytes);
    local.writeUInt32LE(localSignature, 0);
    writeCommonFields(local, 4, nameBytes, sums);
    const central = Buffer.alloc(centralBytes);
    central.writeUInt32LE(centralSignature, 0);
    central.writeUInt16LE(20, 4);
    writeCommonFields(central, 6, nameBytes, sums);
    central.writeUInt32LE(offset, 42);
    directory.push(central, nameBytes);
    yield local;
    yield nameBytes;
    yield* pieces;
    offset += localBytes + nameBytes.length + sums.bytes;
  }
  const end = Buffer.alloc(endBytes);
  const directoryBytes = directory.reduce((sum, piece) => sum + piece.length, 0);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offset, 16);
  yield* directory;
  yield end;
}

/** The fields that a local header and a directory entry share, in the same order: from version to name length. */
function writeCommonFields(
  target: Buffer,
  at: number,
  name: Buffer,
  { bytes, checksum }: { readonly bytes: number; readonly checksum: number },
): void {
  const utf8Names = 0x800;
  const firstOfJanuary1980 = 0x21;
  target.writeUInt16LE(20, at);
  target.writeUInt16LE(utf8Names, at + 2);
  target.writeUInt16LE(firstOfJanuary1980, at + 8);
  target.writeUInt32LE(checksum, at + 10);
  target.writeUInt32LE(bytes, at + 14);
  target.writeUInt32LE(bytes, at + 18);
  target.writeUInt16LE(name.length, at + 22);
}
