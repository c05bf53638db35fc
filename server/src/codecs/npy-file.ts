import { demandWhole } from './json-elements.ts';
import { elementsOfStep, type Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';
import { elementTraits, elementTypes, type ElementType, type TensorData } from '../tensor/element-types.ts';
import { bytesOf, elementCount, type Tensor } from '../tensor/tensor.ts';

// The format: numpy/lib/format.py, "NPY format version 1.0 to 3.0".
const magic = Buffer.from('\x93NUMPY', 'latin1');

const typesByCode = new Map(
  elementTypes.filter((type) => type !== 'string').map((type) => [elementTraits[type].npy, type]),
);

/** Element type and layout of an npy file. */
interface NpyHeader {
  readonly kind: Exclude<ElementType, 'string'> | 'unicode' | 'bytes';
  readonly itemBytes: number;
  readonly isBigEndian: boolean;
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
}

/** Reads an npy file. @throws Problem 400 */
export function* stepsOfNpy(file: Uint8Array): Steps<Tensor> {
  const header = parseHeader(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  const count = elementCount(header.shape);
  const needed = count * header.itemBytes;
  const available = file.byteLength - header.dataOffset;
  if (!Number.isSafeInteger(needed) || available !== needed) {
    throw new Problem(
      400,
      `the npy data must be ${needed} bytes for shape (${header.shape.join(', ')}), got ${available}`,
    );
  }
  const start = file.byteOffset + header.dataOffset;
  // A copy: typed arrays need aligned memory, and the file may begin at any offset of a larger buffer.
  const bytes = new Uint8Array(needed);
  bytes.set(new Uint8Array(file.buffer, start, needed));
  const type: ElementType = header.kind === 'unicode' || header.kind === 'bytes' ? 'string' : header.kind;
  const data = yield* readData(bytes, header, count);
  if (!header.isColumnMajor) return { type, shape: header.shape, data };
  return { type, shape: header.shape, data: yield* toRowMajor(data, type, header.shape) };
}

function parseHeader(file: Buffer): NpyHeader {
  if (file.length < 10 || !file.subarray(0, 6).equals(magic)) {
    throw new Problem(400, 'the body is not an npy file: it does not begin with \\x93NUMPY');
  }
  const major = file.readUInt8(6);
  if (major < 1 || major > 3) throw new Problem(400, `npy format version ${major} is not understood`);
  if (major > 1 && file.length < 12) throw new Problem(400, 'the npy header is cut short');
  const lengthBytes = major === 1 ? 2 : 4;
  const headerLength = major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  const dataOffset = 8 + lengthBytes + headerLength;
  if (headerLength > 65_536 || dataOffset > file.length) throw new Problem(400, 'the npy header is cut short');
  const text = file.toString(major === 3 ? 'utf8' : 'latin1', 8 + lengthBytes, dataOffset);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shapeText === undefined) {
    throw new Problem(
      400,
      "the npy header must have a plain 'descr', 'fortran_order' and 'shape'; structured arrays are not supported",
    );
  }
  const shape = shapeText
    .split(',')
    .map((part) => part.replaceAll(/[\sL]/g, ''))
    .filter((part) => part !== '')
    .map(Number);
  const parsed = /^([<>|=]?)([a-zA-Z])(\d+)$/.exec(descr);
  const [, byteOrder = '', letter = '', size = ''] = parsed ?? [];
  const numeric = typesByCode.get(letter + size);
  const width = Number(size);
  const common = { isBigEndian: byteOrder === '>', isColumnMajor: order === 'True', shape, dataOffset };
  if (numeric !== undefined) return { kind: numeric, itemBytes: elementTraits[numeric].bytes, ...common };
  if (letter === 'U' && parsed !== null) return { kind: 'unicode', itemBytes: width * 4, ...common };
  if (letter === 'S' && parsed !== null) return { kind: 'bytes', itemBytes: width, ...common };
  throw new Problem(400, `npy dtype "${descr.slice(0, 50)}" is not supported; objects would run code`);
}

function* readData(bytes: Uint8Array<ArrayBuffer>, header: NpyHeader, count: number): Steps<TensorData> {
  const { kind, itemBytes } = header;
  if (kind === 'unicode' || kind === 'bytes') {
    const buffer = Buffer.from(bytes.buffer);
    const texts: string[] = [];
    for (let index = 0; index < count; index++) {
      const item = buffer.subarray(index * itemBytes, (index + 1) * itemBytes);
      const text = kind === 'bytes' ? decodeBytes(item) : decodeUcs4(item, header.isBigEndian);
      demandWhole(text, ['body', index], `string ${index}`);
      texts.push(text);
      if (index % elementsOfStep === elementsOfStep - 1) yield;
    }
    return texts;
  }
  if (header.isBigEndian) swapBytes(bytes, itemBytes);
  return dataOver(kind, bytes);
}

/** Tensor data over bytes that begin at offset 0 of their own memory. @throws Problem 400 for a bool that is neither 0 nor 1 */
export function dataOver(type: Exclude<ElementType, 'string'>, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const { buffer } = bytes;
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'bool':
      if (bytes.some((byte) => byte > 1)) throw new Problem(400, 'a bool must be the byte 0 or 1');
      return bytes;
    case 'uint8':
      return bytes;
    case 'int8':
      return new Int8Array(buffer);
    case 'float16':
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'uint64':
      return new BigUint64Array(buffer);
  }
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, width: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

/** Trailing NULs are numpy's padding. */
function decodeBytes(item: Buffer): string {
  try {
    return utf8.decode(item).replace(/\0+$/, '');
  } catch (error) {
    throw new Problem(400, 'the npy data have a text that is not UTF-8', { cause: error });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUcs4(item: Buffer, isBigEndian: boolean): string {
  let text = '';
  for (let offset = 0; offset + 4 <= item.length; offset += 4) {
    const code = isBigEndian ? item.readUInt32BE(offset) : item.readUInt32LE(offset);
    if (code > 0x10ffff) throw new Problem(400, 'the npy data have a character beyond Unicode');
    text += String.fromCodePoint(code);
  }
  return text.replace(/\0+$/, '');
}

/** Column-major elements in row-major order. */
function* toRowMajor(data: TensorData, type: ElementType, shape: readonly number[]): Steps<TensorData> {
  const target = elementTraits[type].create(data.length);
  const index = shape.map(() => 0);
  for (let position = 0; position < data.length; position++) {
    let source = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) source = source * (shape[axis] ?? 1) + (index[axis] ?? 0);
    const element = data[source];
    // Both arrays have the same type; the compiler cannot infer this.
    (target as unknown[])[position] = element;
    if (position % elementsOfStep === elementsOfStep - 1) yield;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 1) ? next : 0;
      if (next < (shape[axis] ?? 1)) break;
    }
  }
  return target;
}

/** A tensor as an npy file, in pieces: version 1.0, little-endian, row-major. @throws Problem 406 for texts that take too much */
export function* piecesOfNpy(tensor: Tensor): Generator<Uint8Array, void> {
  const { type, data } = tensor;
  if (Array.isArray(data)) {
    const width = widestText(data);
    yield headerOf(`<U${width}`, tensor.shape);
    yield* piecesOfTexts(data, width);
    return;
  }
  const { npy, bytes } = elementTraits[type];
  yield headerOf(`${bytes === 1 ? '|' : '<'}${npy}`, tensor.shape);
  const content = bytesOf(data);
  for (let start = 0; start < content.byteLength; start += bytesOfPiece) {
    yield content.subarray(start, start + bytesOfPiece);
  }
}

/** Numbers are there already; characters are written one by one. */
const bytesOfPiece = 1024 * 1024;
const textBytesOfPiece = 256 * 1024;

function headerOf(descr: string, dimensions: readonly number[]): Buffer {
  const shape = dimensions.length === 1 ? `${dimensions[0] ?? 0},` : dimensions.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  // Header and preamble together are a multiple of 64 bytes and end in a line feed.
  const padding = 64 - ((10 + dictionary.length + 1) % 64);
  const header = `${dictionary}${' '.repeat(padding === 64 ? 0 : padding)}\n`;
  const preamble = Buffer.alloc(10);
  magic.copy(preamble);
  preamble.writeUInt8(1, 6);
  preamble.writeUInt16LE(header.length, 8);
  return Buffer.concat([preamble, Buffer.from(header, 'latin1')]);
}

/** Most bytes of texts in an answer: each of them takes as much as the longest. */
const mostTextBytes = 256 * 1024 * 1024;
const bytesOfCharacter = 4;

/** Characters of the longest text, at least 1. @throws Problem 406 */
function widestText(texts: readonly string[]): number {
  let widest = 1;
  for (const text of texts) {
    // A text has at most as many characters as UTF-16 units.
    if (text.length > widest) widest = Math.max(widest, countCharacters(text));
  }
  const bytes = texts.length * widest * bytesOfCharacter;
  if (bytes <= mostTextBytes) return widest;
  throw new Problem(
    406,
    `as an array of numpy, the ${texts.length} texts take ${Math.ceil(bytes / 1024 / 1024)} MiB, as each takes as much as the longest; send Accept: application/json`,
  );
}

function countCharacters(text: string): number {
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g);
  return text.length - (pairs?.length ?? 0);
}

function* piecesOfTexts(texts: readonly string[], width: number): Generator<Uint8Array, void> {
  const rowBytes = width * bytesOfCharacter;
  const rows = Math.max(1, Math.floor(textBytesOfPiece / rowBytes));
  for (let first = 0; first < texts.length; first += rows) {
    const group = texts.slice(first, first + rows);
    const bytes = Buffer.alloc(group.length * rowBytes);
    for (const [row, text] of group.entries()) {
      let position = row * rowBytes;
      for (const character of text) {
        bytes.writeUInt32LE(character.codePointAt(0) ?? 0, position);
        position += bytesOfCharacter;
      }
    }
    yield bytes;
  }
}
