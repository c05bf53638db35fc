import protobuf from 'protobufjs';
import { onnxDescriptor, type OnnxMessage } from './onnx-schema.ts';

/** Element types in ONNX's own numbering (TensorProto.DataType). */
export const elementTypeNumbers = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

export type ElementType = keyof typeof elementTypeNumbers;

/** The type of a graph input or output: a tensor, or what classifiers exported by scikit-learn hand out. */
export type ValueType =
  | { readonly kind: 'tensor'; readonly element: ElementType; readonly shape?: readonly (number | string | null)[] }
  | { readonly kind: 'sequence'; readonly of: ValueType }
  | { readonly kind: 'optional'; readonly of: ValueType }
  | { readonly kind: 'map'; readonly key: ElementType; readonly value: ValueType };

interface Value {
  readonly name: string;
  readonly type: ValueType;
}

/** A constant. `bytes` are little-endian elements in row-major order; strings are given as `strings`. */
export interface Initializer {
  readonly name: string;
  readonly element: ElementType;
  readonly dims: readonly number[];
  readonly data:
    | { readonly bytes: Uint8Array }
    | { readonly strings: readonly string[] }
    | { readonly external: { readonly location: string; readonly offset: number; readonly length: number } };
}

type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly tensor: Initializer }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] };

export interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator set; `ai.onnx.ml` for trees and other classic models. Default: ONNX's own. */
  readonly domain?: string;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers?: readonly Initializer[];
}

export interface ModelOptions {
  readonly producerName?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Operator set versions by domain; `''` is ONNX's own. */
  readonly operatorSets?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
}

// AttributeProto.AttributeType
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;
const externalDataLocation = 1;

const root = protobuf.Root.fromJSON(onnxDescriptor());

/** Encodes a graph as the bytes of a model.onnx file; the same graph always gives the same bytes. */
export function encodeModel(graph: Graph, options: ModelOptions = {}): Uint8Array {
  return encodeMessage('ModelProto', {
    irVersion: options.irVersion ?? 8,
    producerName: options.producerName ?? 'onnx-writer',
    docString: options.description ?? '',
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeMessage),
      initializer: (graph.initializers ?? []).map(tensorMessage),
      input: graph.inputs.map(valueMessage),
      output: graph.outputs.map(valueMessage),
    },
    opsetImport: Object.entries(options.operatorSets ?? { '': 17 }).map(([domain, version]) => ({ domain, version })),
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
}

/** Encodes one message of the ONNX schema from a plain object with camel-case field names. */
export function encodeMessage(message: OnnxMessage, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const type = root.lookupType(`onnx.${message}`);
  return Uint8Array.from(type.encode(type.fromObject(fields)).finish());
}

/** Decodes one message of the ONNX schema to a plain object; 64-bit integers come as decimal strings. */
export function decodeMessage(message: OnnxMessage, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(`onnx.${message}`);
  return type.toObject(type.decode(bytes), { longs: String, bytes: Buffer, arrays: true });
}

/** A tensor type; `null` in the shape is a dimension without a name, a string one with a name. */
export function tensor(element: ElementType, shape?: readonly (number | string | null)[]): ValueType {
  return shape === undefined ? { kind: 'tensor', element } : { kind: 'tensor', element, shape };
}

/** A float32 constant from numbers, rounded to the nearest float32. */
export function float32Initializer(name: string, dims: readonly number[], values: ArrayLike<number>): Initializer {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index += 1) view.setFloat32(index * 4, values[index] ?? 0, true);
  return { name, element: 'float32', dims, data: { bytes } };
}

/** An int64 constant, such as the target shape of Reshape. */
export function int64Initializer(
  name: string,
  dims: readonly number[],
  values: readonly (number | bigint)[],
): Initializer {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigInt64(index * 8, BigInt(value), true);
  return { name, element: 'int64', dims, data: { bytes } };
}

function tensorMessage(initializer: Initializer): Record<string, unknown> {
  const { name, element, dims, data } = initializer;
  const header = { name, dims: [...dims], dataType: elementTypeNumbers[element] };
  if ('bytes' in data) return { ...header, rawData: data.bytes };
  if ('strings' in data) return { ...header, stringData: data.strings.map((text) => Buffer.from(text)) };
  const { location, offset, length } = data.external;
  const externalData = Object.entries({ location, offset, length }).map(([key, value]) => ({
    key,
    value: String(value),
  }));
  return { ...header, externalData, dataLocation: externalDataLocation };
}

function valueMessage({ name, type }: Value): Record<string, unknown> {
  return { name, type: typeMessage(type) };
}

function typeMessage(type: ValueType): Record<string, unknown> {
  switch (type.kind) {
    case 'tensor':
      return {
        tensorType: {
          elemType: elementTypeNumbers[type.element],
          ...(type.shape === undefined ? {} : { shape: { dim: type.shape.map(dimensionMessage) } }),
        },
      };
    case 'sequence':
      return { sequenceType: { elemType: typeMessage(type.of) } };
    case 'optional':
      return { optionalType: { elemType: typeMessage(type.of) } };
    case 'map':
      return { mapType: { keyType: elementTypeNumbers[type.key], valueType: typeMessage(type.value) } };
  }
}

function dimensionMessage(dimension: number | string | null): Record<string, unknown> {
  if (dimension === null) return {};
  return typeof dimension === 'number' ? { dimValue: dimension } : { dimParam: dimension };
}

function nodeMessage(node: Node, index: number): Record<string, unknown> {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: `${node.operator}_${index}`,
    opType: node.operator,
    attribute: Object.entries(node.attributes ?? {}).map(([name, attribute]) => ({
      name,
      ...attributeMessage(attribute),
    })),
    ...(node.domain === undefined ? {} : { domain: node.domain }),
  };
}

function attributeMessage(attribute: Attribute): Record<string, unknown> {
  if ('float' in attribute) return { type: attributeTypes.float, f: attribute.float };
  if ('int' in attribute) return { type: attributeTypes.int, i: attribute.int };
  if ('string' in attribute) return { type: attributeTypes.string, s: Buffer.from(attribute.string) };
  if ('tensor' in attribute) return { type: attributeTypes.tensor, t: tensorMessage(attribute.tensor) };
  if ('floats' in attribute) return { type: attributeTypes.floats, floats: [...attribute.floats] };
  if ('ints' in attribute) return { type: attributeTypes.ints, ints: [...attribute.ints] };
  return { type: attributeTypes.strings, strings: attribute.strings.map((text) => Buffer.from(text)) };
}
