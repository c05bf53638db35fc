import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxType,
  OnnxValue,
} from './onnx-model.ts';
import { readAttribute } from './read-attribute.ts';
import { readType } from './read-type.ts';
import { bytesField, integerField, integersField, OnnxFormatError, readMessage, textField } from './wire.ts';

// Field numbers are those of onnx/onnx.proto. They, not the names, are the format.

/** TensorProto.DataLocation. */
const externalLocation = 1;

/** Graphs in attributes of nodes nest at most this deep. */
const deepestGraph = 64;

/**
 * The structure of a model.onnx. Tensors stay encoded, and all `encoded` parts are views of `bytes`.
 * @throws OnnxFormatError if the bytes are no ONNX model
 */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  let irVersion = 0;
  let producerName = '';
  const operatorSets = new Map<string, number>();
  const graphs: Uint8Array[] = [];
  const functions: OnnxFunction[] = [];
  readMessage(bytes, {
    1: integerField((value) => (irVersion = value)),
    2: textField((value) => (producerName = value)),
    7: bytesField((value) => graphs.push(value)),
    8: bytesField((value) => readOperatorSet(value, operatorSets)),
    25: bytesField((value) => functions.push(readFunction(value))),
  });
  const [first, ...more] = graphs;
  if (first === undefined) throw new OnnxFormatError('not an ONNX model: it has no graph');
  // Several occurrences of a message are one message, as protobuf defines it.
  const graph = readGraph(more.length === 0 ? first : Buffer.concat(graphs), 0);
  return { irVersion, producerName, operatorSets, graph, functions };
}

function readOperatorSet(bytes: Uint8Array, sets: Map<string, number>): void {
  let domain = '';
  let version = 0;
  readMessage(bytes, {
    1: textField((value) => (domain = value)),
    2: integerField((value) => (version = value)),
  });
  sets.set(normalDomain(domain), version);
}

function normalDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function readFunction(bytes: Uint8Array): OnnxFunction {
  let name = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: OnnxNode[] = [];
  readMessage(bytes, {
    1: textField((value) => (name = value)),
    4: textField((value) => inputs.push(value)),
    5: textField((value) => outputs.push(value)),
    7: bytesField((value) => nodes.push(readNode(value, 0))),
    10: textField((value) => (domain = value)),
  });
  return { name, domain: normalDomain(domain), inputs, outputs, nodes };
}

function readGraph(encoded: Uint8Array, depth: number): OnnxGraph {
  if (depth > deepestGraph) throw new OnnxFormatError(`graphs are nested deeper than ${deepestGraph}`);
  let name = '';
  let sparseInitializers = 0;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values: OnnxValue[] = [];
  readMessage(encoded, {
    1: bytesField((value) => nodes.push(readNode(value, depth))),
    2: textField((value) => (name = value)),
    5: bytesField((value) => initializers.push(readTensor(value))),
    11: bytesField((value) => inputs.push(readValue(value))),
    12: bytesField((value) => outputs.push(readValue(value))),
    13: bytesField((value) => values.push(readValue(value))),
    15: bytesField(() => sparseInitializers++),
  });
  return { name, nodes, initializers, sparseInitializers, inputs, outputs, values, encoded };
}

function readNode(encoded: Uint8Array, depth: number): OnnxNode {
  let name = '';
  let operator = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  readMessage(encoded, {
    1: textField((value) => inputs.push(value)),
    2: textField((value) => outputs.push(value)),
    3: textField((value) => (name = value)),
    4: textField((value) => (operator = value)),
    5: bytesField((value) => {
      const read = readAttribute(value, { tensor: readTensor, graph: (graph) => readGraph(graph, depth + 1) });
      attributes.set(read.name, read.attribute);
    }),
    7: textField((value) => (domain = value)),
  });
  return { name, operator, domain: normalDomain(domain), inputs, outputs, attributes, encoded };
}

/** A constant's name, type, shape and place. @throws OnnxFormatError */
function readTensor(encoded: Uint8Array): OnnxTensor {
  let name = '';
  let elementType = 0;
  let dataLocation = 0;
  const shape: number[] = [];
  const entries = new Map<string, string>();
  readMessage(encoded, {
    1: integersField((value) => shape.push(value)),
    2: integerField((value) => (elementType = value)),
    8: textField((value) => (name = value)),
    13: bytesField((value) => readEntry(value, entries)),
    14: integerField((value) => (dataLocation = value)),
  });
  const length = entries.get('length');
  const external =
    dataLocation === externalLocation
      ? {
          location: entries.get('location') ?? '',
          offset: Number(entries.get('offset') ?? 0),
          length: length === undefined ? undefined : Number(length),
        }
      : undefined;
  return { name, elementType, shape, external, encoded };
}

function readEntry(bytes: Uint8Array, entries: Map<string, string>): void {
  let key = '';
  let text = '';
  readMessage(bytes, {
    1: textField((value) => (key = value)),
    2: textField((value) => (text = value)),
  });
  entries.set(key, text);
}

function readValue(encoded: Uint8Array): OnnxValue {
  let name = '';
  let type: OnnxType | undefined;
  readMessage(encoded, {
    1: textField((value) => (name = value)),
    2: bytesField((value) => (type = readType(value))),
  });
  return { name, type, encoded };
}
