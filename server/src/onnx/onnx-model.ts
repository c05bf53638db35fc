/** The structure of an ONNX model. `encoded` is a view of the message in the bytes it was read from, without its tag. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  /** Operator set versions by domain; `''` is ONNX's own. */
  readonly operatorSets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
}

export interface OnnxGraph {
  readonly name: string;
  /** In topological order, as ONNX demands. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparseInitializers: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Types of values between nodes, as far as the exporter wrote them. */
  readonly values: readonly OnnxValue[];
  readonly encoded: Uint8Array;
}

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** `''` is ONNX's own; `ai.onnx` is normalised to it. */
  readonly domain: string;
  /** Names of values; `''` is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly encoded: Uint8Array;
}

export type OnnxAttribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'graph'; readonly value: OnnxGraph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  | { readonly kind: 'graphs'; readonly value: readonly OnnxGraph[] }
  /** A reference to an attribute of the function around it, a sparse tensor, a type or a list of tensors. */
  | { readonly kind: 'other' };

/** A constant. The elements of a large one are absent from `encoded` if the model was read from a file. */
export interface OnnxTensor {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly external: ExternalData | undefined;
  readonly encoded: Uint8Array;
}

/** Elements in another file; `location` is relative to the folder of the model. `length` undefined: up to the file's end. */
interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
}

/** A graph input, output or inner value. `type` is undefined if the exporter wrote none. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType | undefined;
  readonly encoded: Uint8Array;
}

/** A dimension: its size, its name, or `''` for an open one without a name. */
type Dimension = number | string;

export type OnnxType =
  | { readonly kind: 'tensor'; readonly elementType: number; readonly shape: readonly Dimension[] | undefined }
  | { readonly kind: 'sequence'; readonly of: OnnxType | undefined }
  | { readonly kind: 'optional'; readonly of: OnnxType | undefined }
  | { readonly kind: 'map'; readonly keyType: number; readonly value: OnnxType | undefined }
  | { readonly kind: 'other' };

/** An operator that the model itself defines. */
export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
}
