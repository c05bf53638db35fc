import { decodeMessage, elementTypeNumbers, type ElementType } from '../../server/sample-model/onnx-writer.ts';

/** A tensor as bytes: little-endian elements in row-major order (bool and 8-bit types one byte each), or strings. */
export interface TensorValue {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | readonly string[];
}

export const elementSizes: Readonly<Record<Exclude<ElementType, 'string'>, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** The element type of ONNX's number. @throws Error for complex numbers, 8-bit floats and other types outside this list. */
function elementTypeOf(number: number): ElementType {
  const names = Object.keys(elementTypeNumbers) as ElementType[];
  const name = names.find((known) => elementTypeNumbers[known] === number);
  if (name === undefined) throw new Error(`element type ${number} is none of ${names.join(', ')}`);
  return name;
}

/** Decodes a TensorProto, whichever of its data fields is used. @throws Error when it is no tensor. */
export function decodeTensor(bytes: Uint8Array): TensorValue {
  const message = decodeMessage('TensorProto', bytes);
  const type = elementTypeOf(Number(message['dataType']));
  const dims = list(message['dims']).map(Number);
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  if (type === 'string') {
    return { type, dims, data: list(message['stringData']).map((text) => Buffer.from(text as Uint8Array).toString()) };
  }
  const raw = message['rawData'];
  if (raw instanceof Uint8Array && raw.length > 0)
    return { type, dims, data: checkSize(type, count, Uint8Array.from(raw)) };
  const numbers = ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data'].flatMap((field) =>
    list(message[field]),
  );
  return { type, dims, data: checkSize(type, count, packElements(type, numbers)) };
}

function checkSize(type: Exclude<ElementType, 'string'>, count: number, data: Uint8Array): Uint8Array {
  if (data.length !== count * elementSizes[type])
    throw new Error(`a ${type} tensor of ${count} elements has ${data.length} bytes`);
  return data;
}

function list(field: unknown): unknown[] {
  return Array.isArray(field) ? (field as unknown[]) : [];
}

/** Packs numbers (or decimal strings for 64-bit integers) as little-endian elements; 16-bit floats are given as bits. */
export function packElements(type: Exclude<ElementType, 'string'>, values: readonly unknown[]): Uint8Array {
  const size = elementSizes[type];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    const offset = index * size;
    if (type === 'float32') view.setFloat32(offset, Number(value), true);
    else if (type === 'float64') view.setFloat64(offset, Number(value), true);
    else if (type === 'int64') view.setBigInt64(offset, BigInt(value as string), true);
    else if (type === 'uint64') view.setBigUint64(offset, BigInt(value as string), true);
    else if (size === 4) view.setInt32(offset, Number(value), true);
    else if (size === 2) view.setInt16(offset, Number(value), true);
    else view.setInt8(offset, Number(value));
  }
  return bytes;
}

/** The elements as numbers, bigints (64-bit integers), booleans or strings; float16 as its value. */
export function elements(tensor: TensorValue): (number | bigint | boolean | string)[] {
  if (!(tensor.data instanceof Uint8Array)) return [...tensor.data];
  const { data, type } = tensor;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = type === 'string' ? 1 : elementSizes[type];
  return Array.from({ length: data.byteLength / size }, (_, index) => readElement(view, type, index * size));
}

function readElement(view: DataView, type: ElementType, offset: number): number | bigint | boolean {
  switch (type) {
    case 'float32':
      return view.getFloat32(offset, true);
    case 'float64':
      return view.getFloat64(offset, true);
    case 'float16':
      return float16Value(view.getUint16(offset, true));
    case 'bfloat16':
      return bfloat16Value(view.getUint16(offset, true));
    case 'int8':
      return view.getInt8(offset);
    case 'int16':
      return view.getInt16(offset, true);
    case 'int32':
      return view.getInt32(offset, true);
    case 'int64':
      return view.getBigInt64(offset, true);
    case 'uint8':
      return view.getUint8(offset);
    case 'uint16':
      return view.getUint16(offset, true);
    case 'uint32':
      return view.getUint32(offset, true);
    case 'uint64':
      return view.getBigUint64(offset, true);
    case 'bool':
      return view.getUint8(offset) !== 0;
    case 'string':
      throw new Error('string tensors hold strings, not bytes');
  }
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloat16Value(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** The bits of the float16 nearest to a number, ties to even. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = Math.min(15, Math.floor(Math.log2(magnitude)));
  // A fraction that rounds up to 1024 carries into the exponent, which is what is wanted.
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
