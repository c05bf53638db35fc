/** The supported element types: all ONNX types that JSON or npy can represent. */
export type ElementType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'string'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64';

/** Element storage. float16 is stored as bits in a Uint16Array, bool as bytes 0 and 1, on every Node version. */
export type TensorData =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | string[];

/** The properties of an element type: its number in ONNX, its name in protocol v2, its npy code, its width. */
export interface ElementTraits {
  readonly onnxNumber: number;
  readonly v2: string;
  readonly npy: string;
  readonly bytes: number;
  readonly create: (length: number) => TensorData;
}

/** Element types by name. ONNX numbers are those of TensorProto.DataType. */
export const elementTraits: Readonly<Record<ElementType, ElementTraits>> = {
  float32: { onnxNumber: 1, v2: 'FP32', npy: 'f4', bytes: 4, create: (n) => new Float32Array(n) },
  uint8: { onnxNumber: 2, v2: 'UINT8', npy: 'u1', bytes: 1, create: (n) => new Uint8Array(n) },
  int8: { onnxNumber: 3, v2: 'INT8', npy: 'i1', bytes: 1, create: (n) => new Int8Array(n) },
  uint16: { onnxNumber: 4, v2: 'UINT16', npy: 'u2', bytes: 2, create: (n) => new Uint16Array(n) },
  int16: { onnxNumber: 5, v2: 'INT16', npy: 'i2', bytes: 2, create: (n) => new Int16Array(n) },
  int32: { onnxNumber: 6, v2: 'INT32', npy: 'i4', bytes: 4, create: (n) => new Int32Array(n) },
  int64: { onnxNumber: 7, v2: 'INT64', npy: 'i8', bytes: 8, create: (n) => new BigInt64Array(n) },
  string: { onnxNumber: 8, v2: 'BYTES', npy: 'U', bytes: 0, create: (n) => new Array<string>(n).fill('') },
  bool: { onnxNumber: 9, v2: 'BOOL', npy: 'b1', bytes: 1, create: (n) => new Uint8Array(n) },
  float16: { onnxNumber: 10, v2: 'FP16', npy: 'f2', bytes: 2, create: (n) => new Uint16Array(n) },
  float64: { onnxNumber: 11, v2: 'FP64', npy: 'f8', bytes: 8, create: (n) => new Float64Array(n) },
  uint32: { onnxNumber: 12, v2: 'UINT32', npy: 'u4', bytes: 4, create: (n) => new Uint32Array(n) },
  uint64: { onnxNumber: 13, v2: 'UINT64', npy: 'u8', bytes: 8, create: (n) => new BigUint64Array(n) },
};

/** All element types, in the order of their ONNX numbers. */
export const elementTypes: readonly ElementType[] = [
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
];

/** The names of TensorProto.DataType that no element type here stands for, by number. */
const otherOnnxTypes: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

/** The name of a TensorProto.DataType number without an element type here, for messages. */
export const nameOfOnnxType = (onnxNumber: number): string => otherOnnxTypes[onnxNumber] ?? `number ${onnxNumber}`;

const byOnnxNumber = new Map(elementTypes.map((type) => [elementTraits[type].onnxNumber, type]));
const byV2Name = new Map(elementTypes.map((type) => [elementTraits[type].v2, type]));

/** The element type of an ONNX TensorProto.DataType number, or undefined if it is not supported. */
export const elementTypeOfOnnx = (onnxNumber: number): ElementType | undefined => byOnnxNumber.get(onnxNumber);

/** The element type of a protocol v2 datatype name such as `FP32`, or undefined. */
export const elementTypeOfV2 = (name: string): ElementType | undefined => byV2Name.get(name);

/** Inclusive limits of the integer types that fit a double exactly. */
export const integerLimits: Partial<Record<ElementType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};
