import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ModelLoadError } from '../errors/model-load-error.ts';
import { fieldsOf, identityNode, messageField, outputValue } from './encode-model.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from './onnx-model.ts';
import { readOnnxModel } from './read-onnx-model.ts';
import { tensorsBehind, type TensorOutput } from './tensors-behind.ts';

/** A model in memory whose outputs are tensors. */
export interface TensorModel {
  readonly model: Uint8Array<ArrayBuffer>;
  /** The files with external data, as `externalData` of the session options takes them. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Class names by output. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

/** A model is held twice in memory while it is loaded. */
const largestBytes = 512 * 1024 * 1024;

/** What to do about an output that cannot be served. */
export const outputRemedy = `Export the model with tensor outputs (with skl2onnx: options={'zipmap': False}), or name the output in signature.json under "ignoredOutputs".`;

/**
 * Replaces the outputs of a model that are sequences, maps or optionals by the tensors that they are made of, in memory: the
 * file stays as it is. @param outputs names of these outputs @throws ModelLoadError with what to do
 */
export function serveAsTensors(file: string, outputs: readonly string[]): TensorModel {
  const refuse = (name: string, reason: string): ModelLoadError =>
    new ModelLoadError(`output "${name}" of ${file} is a sequence, map or optional, and ${reason}. ${outputRemedy}`);
  const [first = ''] = outputs;
  const tooLarge = (): ModelLoadError =>
    refuse(first, `models above ${largestBytes / 1024 / 1024} MiB are served with tensor outputs only`);
  if (statSync(file).size > largestBytes) throw tooLarge();
  const bytes = readFileSync(file);
  const model = readOnnxModel(bytes);
  const replaced = new Map<string, readonly TensorOutput[]>();
  for (const { name, type } of model.graph.outputs) {
    if (!outputs.includes(name)) continue;
    const behind = tensorsBehind(model.graph, name, type);
    if (behind.kind === 'none') throw refuse(name, behind.reason);
    replaced.set(name, behind.outputs);
  }
  const externalData = readExternalData(model, path.dirname(file));
  if (externalData.reduce((sum, { data }) => sum + data.length, bytes.length) > largestBytes) throw tooLarge();
  const added = [...replaced.values()].flat();
  return {
    model: replaceOutputs(bytes, model.graph, replaced),
    externalData,
    classes: new Map(added.flatMap(({ name, classes }) => (classes === undefined ? [] : [[name, classes]]))),
  };
}

// Field numbers of ModelProto and GraphProto.
const graphField = 7;
const nodeField = 1;
const outputField = 12;
const valueInfoField = 13;

function replaceOutputs(
  bytes: Uint8Array,
  graph: OnnxGraph,
  replaced: ReadonlyMap<string, readonly TensorOutput[]>,
): Uint8Array<ArrayBuffer> {
  const added = [...replaced.values()].flat();
  const names = new Set(added.map(({ name }) => name));
  // Rows of the scores are those of the label beside them.
  const batch = graph.outputs.flatMap(({ type }) =>
    type?.kind === 'tensor' ? (type.shape?.slice(0, 1) ?? []) : [],
  )[0];
  const rows = typeof batch === 'string' && batch !== '' ? batch : 'rows';
  const parts: Uint8Array[] = [];
  let nodes = 0;
  let outputs = 0;
  let values = 0;
  for (const { number, whole } of fieldsOf(graph.encoded)) {
    if (number === nodeField && graph.nodes[nodes++]?.outputs.some((name) => names.has(name)) === true) continue;
    if (number === valueInfoField && names.has(graph.values[values++]?.name ?? '')) continue;
    const outputsHere = number === outputField ? replaced.get(graph.outputs[outputs++]?.name ?? '') : undefined;
    if (outputsHere === undefined) parts.push(whole);
    else for (const output of outputsHere) parts.push(...messageField(outputField, [outputValue(output, rows)]));
  }
  for (const output of added) parts.push(...messageField(nodeField, [identityNode(output)]));
  const rest = fieldsOf(bytes).filter(({ number }) => number !== graphField);
  return Buffer.concat([...rest.map(({ whole }) => whole), ...messageField(graphField, parts)]);
}

function readExternalData({ graph, functions }: OnnxModel, directory: string): { path: string; data: Uint8Array }[] {
  const locations = new Set<string>();
  const visitTensor = ({ external }: OnnxTensor): void => {
    if (external !== undefined) locations.add(external.location);
  };
  const visitNode = ({ attributes }: OnnxNode): void => {
    for (const attribute of attributes.values()) {
      if (attribute.kind === 'tensor') visitTensor(attribute.value);
      if (attribute.kind === 'graph') visitGraph(attribute.value);
      if (attribute.kind === 'graphs') attribute.value.forEach(visitGraph);
    }
  };
  const visitGraph = ({ nodes, initializers }: OnnxGraph): void => {
    initializers.forEach(visitTensor);
    nodes.forEach(visitNode);
  };
  visitGraph(graph);
  for (const { nodes } of functions) nodes.forEach(visitNode);
  return [...locations].map((location) => ({ path: location, data: readFileSync(path.join(directory, location)) }));
}
