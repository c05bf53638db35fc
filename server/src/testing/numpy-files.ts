import { deflateRawSync } from 'node:zlib';
import { piecesOfNpy, stepsOfNpy } from '../codecs/npy-file.ts';
import { runAtOnce } from '../codecs/steps.ts';
import { piecesOfZip, stepsOfZip, type ArchiveEntry } from '../codecs/zip-file.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Reads an npy file. @throws Problem 400 */
export function parseNpy(file: Uint8Array): Tensor {
  return runAtOnce(stepsOfNpy(file));
}

/** A tensor as an npy file. */
export function renderNpy(tensor: Tensor): Buffer {
  return Buffer.concat([...piecesOfNpy(tensor)]);
}

/** Reads a ZIP archive of at most `maxBytes` unpacked. @throws Problem 400 or 413 */
export function parseZip(file: Buffer, maxBytes: number): readonly ArchiveEntry[] {
  return runAtOnce(stepsOfZip(file, maxBytes));
}

/** A ZIP archive of files, stored. */
export function renderZip(entries: readonly ArchiveEntry[]): Buffer {
  const rendered = entries.map(({ name, content }) => ({ name, content: [content] }));
  return Buffer.concat([...piecesOfZip(rendered)]);
}

/** A one-member archive as numpy.savez_compressed writes it: our own, with the stored bytes replaced by deflated ones. */
export function deflatedZip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const stored = renderZip([{ name, content }]);
  const start = 30 + name.length;
  const rest = stored.subarray(start + content.length);
  const file = Buffer.concat([stored.subarray(0, start), packed, rest]);
  const directory = start + packed.length;
  file.writeUInt16LE(8, 8);
  file.writeUInt32LE(packed.length, 18);
  file.writeUInt16LE(8, directory + 10);
  file.writeUInt32LE(packed.length, directory + 20);
  file.writeUInt32LE(directory, file.length - 6);
  return file;
}
