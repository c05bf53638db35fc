import { demandWhole } from './json-elements.ts';
import { elementsOfStep, type Steps } from './steps.ts';
import { dataOver } from './npy-file.ts';
import { invalid, Problem, type Location } from '../errors/problem.ts';
import { elementTraits } from '../tensor/element-types.ts';
import type { InputSignature } from '../signature/signature.ts';
import { bytesOf, elementCount, type Tensor } from '../tensor/tensor.ts';

// Binary tensor data extension: raw little-endian elements in row-major order; BYTES elements are each preceded by their
// length as 32 bits. https://github.com/kserve/open-inference-protocol, extension-binary-data.

/** A body split into its JSON header and the bytes that follow. */
export interface BinaryParts {
  readonly header: Buffer;
  readonly binary: Buffer;
}

/** Splits a body after its JSON header of `headerLength` bytes. @throws Problem 400 */
export function splitBinaryBody(body: Buffer, headerLength: string | undefined): BinaryParts {
  if (headerLength === undefined) {
    throw new Problem(
      400,
      'a binary body needs the length of its JSON part: the header Inference-Header-Content-Length, or json-header-size in the Content-Type',
    );
  }
  const length = Number(headerLength);
  if (!/^\d+$/.test(headerLength) || length > body.length) {
    throw new Problem(
      400,
      `the length of the JSON part must be from 0 to ${body.length}, got "${headerLength.slice(0, 40)}"`,
    );
  }
  return { header: body.subarray(0, length), binary: body.subarray(length) };
}

/** Reads raw bytes as a tensor. @throws Problem 422 if there are too many or too few */
export function* stepsOfBinaryTensor(
  bytes: Buffer,
  input: InputSignature,
  shape: readonly number[],
  loc: Location,
): Steps<Tensor> {
  const count = elementCount(shape);
  if (input.type === 'string') return { type: 'string', shape, data: yield* stepsOfStrings(bytes, input, count, loc) };
  const needed = count * elementTraits[input.type].bytes;
  if (bytes.length !== needed) {
    const msg = `input "${input.name}" needs ${needed} bytes for shape [${shape.join(', ')}], got ${bytes.length}`;
    throw invalid(loc, msg, 'binary', `${needed} bytes`, String(bytes.length));
  }
  const own = new Uint8Array(needed);
  own.set(bytes);
  return { type: input.type, shape, data: dataOver(input.type, own) };
}

function* stepsOfStrings(bytes: Buffer, input: InputSignature, count: number, loc: Location): Steps<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const strings: string[] = [];
  let position = 0;
  while (position < bytes.length) {
    const start = position + 4;
    const end = start <= bytes.length ? start + bytes.readUInt32LE(position) : Infinity;
    if (end > bytes.length)
      throw invalid(loc, `string ${strings.length} of input "${input.name}" is cut short`, 'binary');
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch (error) {
      throw new Problem(422, `string ${strings.length} of input "${input.name}" is not UTF-8`, { cause: error });
    }
    demandWhole(text, [...loc, strings.length], `string ${strings.length} of input "${input.name}"`);
    strings.push(text);
    position = end;
    if (strings.length % elementsOfStep === 0) yield;
  }
  if (strings.length === count) return strings;
  throw invalid(
    loc,
    `input "${input.name}" needs ${count} strings, got ${strings.length}`,
    'shape',
    `${count} strings`,
    String(strings.length),
  );
}

/** Bytes of a tensor's elements. */
export function binarySize({ data }: Tensor): number {
  return Array.isArray(data) ? sizeOfTexts(data) : data.byteLength;
}

function sizeOfTexts(texts: readonly string[]): number {
  let size = 0;
  for (const text of texts) size += 4 + Buffer.byteLength(text);
  return size;
}

/** A tensor's elements as raw bytes, in pieces. */
export function* piecesOfBinary({ data }: Tensor): Generator<Uint8Array, void> {
  if (!Array.isArray(data)) {
    yield bytesOf(data);
    return;
  }
  for (let start = 0; start < data.length; start += elementsOfStep) {
    const texts = data.slice(start, start + elementsOfStep);
    const bytes = Buffer.allocUnsafe(sizeOfTexts(texts));
    let position = 0;
    for (const text of texts) {
      const length = bytes.write(text, position + 4);
      bytes.writeUInt32LE(length, position);
      position += 4 + length;
    }
    yield bytes;
  }
}
