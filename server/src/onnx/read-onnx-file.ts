import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import protobuf from 'protobufjs/minimal.js';
import type { OnnxModel } from './onnx-model.ts';
import { readOnnxModel } from './read-onnx-model.ts';
import { OnnxFormatError, wireTypes } from './wire.ts';

/** Fields up to this size are read whole. */
const smallBytes = 64 * 1024;
const windowBytes = 256 * 1024;
/** A structure above this size is not a model that this server looks into. */
const largestStructureBytes = 256 * 1024 * 1024;
/** A tag and a length are varints of at most ten bytes each. */
const longestHeader = 20;

/** A message that may be large, as the fields of it that are large themselves; `data` are elements of a tensor. */
interface LargeMessage {
  readonly [field: number]: LargeMessage | 'data';
}

const tensor: LargeMessage = { 4: 'data', 5: 'data', 6: 'data', 7: 'data', 9: 'data', 10: 'data', 11: 'data' };
const attribute: { [field: number]: LargeMessage | 'data' } = { 5: tensor };
const graph: LargeMessage = { 1: { 5: attribute }, 5: tensor };
attribute[6] = graph;
attribute[11] = graph;
const model: LargeMessage = { 7: graph, 25: { 7: { 5: attribute } } };

/**
 * The structure of a model.onnx without reading the elements of its large tensors: a file of gigabytes takes as much
 * memory as its nodes. @throws OnnxFormatError, and what the file system throws
 */
export function readOnnxFile(file: string): OnnxModel {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    return readOnnxModel(readStructure(createWindow(descriptor), 0, size, model));
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a range of a file; short only at the end of the file. */
type ReadRange = (start: number, length: number) => Buffer;

function createWindow(descriptor: number): ReadRange {
  let start = 0;
  let window = Buffer.alloc(0);
  return (from, length) => {
    if (from < start || from + length > start + window.length) {
      const next = Buffer.allocUnsafe(Math.max(length, windowBytes));
      start = from;
      window = next.subarray(0, readSync(descriptor, next, 0, next.length, from));
    }
    return window.subarray(from - start, from - start + length);
  };
}

/** The bytes of a message without the data of large tensors, with new lengths. */
function readStructure(read: ReadRange, start: number, end: number, message: LargeMessage): Buffer {
  const parts: Uint8Array[] = [];
  let total = 0;
  const keep = (part: Uint8Array): void => {
    total += part.length;
    if (total > largestStructureBytes) throw new OnnxFormatError('the structure of the model is too large to read');
    parts.push(part);
  };
  for (let position = start; position < end;) {
    const { field, tag, headerBytes, bytes } = readHeader(read(position, longestHeader), position);
    const next = position + headerBytes + bytes;
    if (next > end) throw new OnnxFormatError(`not an ONNX model: a field at byte ${position} ends beyond its message`);
    const inner = message[field];
    if (bytes <= smallBytes || inner === undefined) keep(Buffer.from(read(position, headerBytes + bytes)));
    else if (inner !== 'data') {
      const structure = readStructure(read, position + headerBytes, next, inner);
      keep(protobuf.Writer.create().uint32(tag).bytes(structure).finish());
    }
    position = next;
  }
  return Buffer.concat(parts, total);
}

interface Header {
  readonly field: number;
  readonly tag: number;
  readonly headerBytes: number;
  /** Bytes of the value after the header. */
  readonly bytes: number;
}

function readHeader(bytes: Buffer, position: number): Header {
  try {
    const reader = protobuf.Reader.create(bytes);
    const tag = reader.tag();
    const wireType = tag & 7;
    if (wireType === wireTypes.bytes) {
      const length = reader.size();
      return { field: tag >>> 3, tag, headerBytes: reader.pos, bytes: length };
    }
    reader.skipType(wireType, 0, tag >>> 3);
    return { field: tag >>> 3, tag, headerBytes: reader.pos, bytes: 0 };
  } catch (error) {
    throw new OnnxFormatError(`not an ONNX model: at byte ${position}: ${String(error)}`, { cause: error });
  }
}
