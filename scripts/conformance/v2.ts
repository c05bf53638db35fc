import type { ElementType } from '../../server/sample-model/onnx-writer.ts';
import { elements, elementSizes, float16Bits, packElements, type TensorValue } from './tensor.ts';

/** Datatype names of the Open Inference Protocol. */
const datatypes: Readonly<Record<ElementType, string>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};
const elementTypesByDatatype = new Map(
  Object.entries(datatypes).map(([type, datatype]) => [datatype, type as ElementType]),
);

export interface NamedTensor {
  readonly name: string;
  readonly tensor: TensorValue;
}

export interface EncodedRequest {
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** The infer request with every tensor as JSON. */
export function encodeJsonRequest(inputs: readonly NamedTensor[]): EncodedRequest {
  const parts = inputs.map(
    ({ name, tensor }) => `{${tensorHeader(name, tensor)},"data":[${elements(tensor).map(jsonElement).join(',')}]}`,
  );
  return { body: `{"inputs":[${parts.join(',')}]}`, headers: { 'content-type': 'application/json' } };
}

/** The infer request in the binary tensor data extension, which asks for a binary answer too. */
export function encodeBinaryRequest(inputs: readonly NamedTensor[]): EncodedRequest {
  const payloads = inputs.map(({ tensor }) => binaryData(tensor));
  const parts = inputs.map(
    ({ name, tensor }, index) =>
      `{${tensorHeader(name, tensor)},"parameters":{"binary_data_size":${payloads[index]?.length ?? 0}}}`,
  );
  const header = Buffer.from(`{"inputs":[${parts.join(',')}],"parameters":{"binary_data_output":true}}`);
  return {
    body: Buffer.concat([header, ...payloads]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
  };
}

function tensorHeader(name: string, { type, dims }: TensorValue): string {
  return `"name":${JSON.stringify(name)},"shape":[${dims.join(',')}],"datatype":"${datatypes[type]}"`;
}

function jsonElement(value: number | bigint | boolean | string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

function binaryData({ data }: TensorValue): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const chunks = data.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(chunks);
}

/** Decodes an infer answer, JSON or binary as its headers say. @throws Error when it is not what the protocol says. */
export function decodeResponse(headers: Readonly<Record<string, string>>, body: Buffer): NamedTensor[] {
  const headerLength = headers['inference-header-content-length'];
  const json = parseLosslessly(
    body.subarray(0, headerLength === undefined ? body.length : Number(headerLength)).toString(),
  );
  let offset = headerLength === undefined ? body.length : Number(headerLength);
  const outputs = asRecord(json)['outputs'];
  if (!Array.isArray(outputs)) throw new Error('the answer has no outputs');
  const decoded = outputs.map((output) => {
    const { name, shape, datatype, data, parameters } = asRecord(output);
    const type = elementTypesByDatatype.get(String(datatype));
    if (type === undefined || !Array.isArray(shape))
      throw new Error(`output ${String(name)} has datatype ${String(datatype)} and shape ${String(shape)}`);
    const dims = shape.map(Number);
    const size = asRecord(parameters ?? {})['binary_data_size'];
    if (size === undefined) return { name: String(name), tensor: fromJson(type, dims, data) };
    const payload = body.subarray(offset, offset + Number(size));
    offset += Number(size);
    return { name: String(name), tensor: fromBinary(type, dims, payload) };
  });
  if (offset !== body.length)
    throw new Error(`the answer has ${body.length - offset} bytes more than its outputs need`);
  return decoded;
}

function fromJson(type: ElementType, dims: number[], data: unknown): TensorValue {
  const values = Array.isArray(data) ? (data as unknown[]).flat(Infinity) : [];
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  if (!Array.isArray(data) || values.length !== count)
    throw new Error(`data has ${values.length} elements, expected ${count}`);
  if (type === 'string') return { type, dims, data: values.map(String) };
  const float = type.includes('float');
  for (const value of values) {
    const fits = type === 'bool' ? typeof value === 'boolean' : typeof value === 'number' || isNumberText(value, float);
    if (!fits) throw new Error(`data holds ${JSON.stringify(value)}, which is no ${type}`);
  }
  const packable = type === 'float16' ? values.map((value) => float16Bits(Number(value))) : values;
  return { type, dims, data: packElements(type, packable) };
}

/** Large integers (see parseLosslessly) and, for floats only, the three values that JSON numbers cannot say. */
function isNumberText(value: unknown, float: boolean): boolean {
  if (typeof value !== 'string') return false;
  return /^-?\d{16,}$/.test(value) || (float && ['NaN', 'Infinity', '-Infinity'].includes(value));
}

function fromBinary(type: ElementType, dims: number[], payload: Buffer): TensorValue {
  if (type !== 'string') {
    const count = dims.reduce((product, dimension) => product * dimension, 1);
    if (payload.length !== count * elementSizes[type])
      throw new Error(`${payload.length} bytes for ${count} elements of ${type}`);
    return { type, dims, data: Uint8Array.from(payload) };
  }
  const texts: string[] = [];
  for (let offset = 0; offset < payload.length;) {
    const length = payload.readUInt32LE(offset);
    texts.push(payload.subarray(offset + 4, offset + 4 + length).toString());
    offset += 4 + length;
  }
  return { type, dims, data: texts };
}

/** Parses JSON with integers of 16 digits and more kept as strings, since a number would round them. */
function parseLosslessly(text: string): unknown {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g, (token) =>
      token.startsWith('"') ? token : `"${token}"`,
    ),
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected a JSON object');
  return value as Record<string, unknown>;
}
