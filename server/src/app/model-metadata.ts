import { elementTraits } from '../tensor/element-types.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { TensorSpec } from '../signature/model-interface.ts';

/** The server's own name and version in protocol v2. */
export const serverName = 'onnx-inference-server';
export const serverVersion = '0.1.0';
export const v2Extensions: readonly string[] = ['binary_tensor_data', 'model_configuration'];

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A model as `GET /v2/models/{name}` describes it; open dimensions are -1. The protocol defines properties as texts. */
export function modelMetadata(model: ServedModel): Record<string, unknown> {
  const { signature } = model;
  return {
    name: model.name,
    versions: [model.version],
    platform: 'onnxruntime_onnx',
    inputs: signature.inputs.map(tensorMetadata),
    outputs: signature.outputs.map(tensorMetadata),
    properties: servingProperties(model),
  };
}

function tensorMetadata({ name, type, shape }: TensorSpec): TensorMetadata {
  return { name, datatype: elementTraits[type].v2, shape: shape.map((size) => (typeof size === 'number' ? size : -1)) };
}

/** How the model is run, and the bound within which batching may change an answer. */
function servingProperties(model: ServedModel): Record<string, string> {
  const { placement, workerThreads, threadsPerRun, memoryBytes, memoryReason, maxBatchRows, warmUp, loadMilliseconds } =
    model.report();
  const { batch } = warmUp;
  return {
    ...(model.signature.description === undefined ? {} : { description: model.signature.description }),
    modelDigest: model.digest,
    placement,
    workerThreads: String(workerThreads),
    threadsPerRun: String(threadsPerRun),
    memoryBytes: String(memoryBytes),
    ...(memoryReason === undefined ? {} : { memoryReason }),
    warmUpInputs: warmUp.inputs,
    ...(warmUp.oneRowMilliseconds === undefined ? {} : { oneRowMilliseconds: warmUp.oneRowMilliseconds.toFixed(4) }),
    ...(warmUp.batchedRowMilliseconds === undefined
      ? {}
      : { batchedRowMilliseconds: warmUp.batchedRowMilliseconds.toFixed(4) }),
    loadMilliseconds: loadMilliseconds.toFixed(1),
    ...Object.fromEntries(
      model.signature.outputs.flatMap(({ name, classes }) =>
        classes === undefined ? [] : [[`classes.${name}`, JSON.stringify(classes)]],
      ),
    ),
    batching: model.isBatched ? 'on' : 'off',
    maxBatchRows: String(maxBatchRows),
    ...(batch.kind === 'agrees'
      ? {
          batchTolerance: String(batch.tolerance),
          batchLargestDifference: String(batch.largestDifference),
          batchRowsTried: String(batch.rowsTried),
        }
      : { batchingReason: batch.reason }),
  };
}
