import type { Binding } from 'onnxruntime-node/dist/binding.js';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { ModelInterface, TensorSpec } from '../signature/model-interface.ts';
import { elementTraits, elementTypeOfOnnx, nameOfOnnxType, type ElementType } from '../tensor/element-types.ts';
import { outputRemedy, serveAsTensors } from '../onnx/serve-as-tensors.ts';
import { createNativeSession, type NativeSession, type NativeTensor } from './onnxruntime.ts';
import { explainLoadFailure } from './load-failure.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A loaded model. `run` blocks its thread until the outputs are there. */
export interface Session extends ModelInterface {
  /** Runs the model on one tensor per input, in order; returns one tensor per output, in order. @throws what ONNX Runtime throws */
  readonly run: (inputs: readonly Tensor[]) => Tensor[];
  readonly release: () => void;
}

export type SessionOptions = InferenceSession.SessionOptions;

/** Loads an ONNX file and blocks until it is ready. @throws ModelLoadError with the reason and what to do */
export function loadSession(file: string, options: SessionOptions, ignoredOutputs: readonly string[] = []): Session {
  const { native, classes } = loadNative(file, options, ignoredOutputs);
  const inputs = native.inputMetadata.map((metadata) => describeTensor(metadata, 'input'));
  const outputs = native.outputMetadata
    .filter(({ name }) => !ignoredOutputs.includes(name))
    .map((metadata): TensorSpec => {
      const spec = describeTensor(metadata, 'output');
      const names = classes.get(spec.name);
      return names === undefined ? spec : { ...spec, classes: names };
    });
  if (outputs.length === 0) throw new ModelLoadError(`cannot serve ${file}: no output is left to answer with`);
  const fetches: Record<string, null> = Object.fromEntries(outputs.map(({ name }) => [name, null]));
  return {
    inputs,
    outputs,
    run: (tensors) => {
      const feeds: Record<string, NativeTensor> = {};
      for (let index = 0; index < inputs.length; index++) {
        const spec = inputs[index];
        const tensor = tensors[index];
        if (spec !== undefined && tensor !== undefined) feeds[spec.name] = toNative(tensor);
      }
      const results = native.run(feeds, fetches, {});
      return outputs.map(({ name, type }) => fromNative(name, type, results[name]));
    },
    release: () => native.dispose(),
  };
}

interface NativeModel {
  readonly native: NativeSession;
  /** Class names by output. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

function loadNative(file: string, options: SessionOptions, ignoredOutputs: readonly string[]): NativeModel {
  const native = tryLoad(file, (session) => session.loadModel(file, options));
  const others = native.outputMetadata.filter(({ name, isTensor }) => !isTensor && !ignoredOutputs.includes(name));
  if (others.length === 0) return { native, classes: new Map() };
  native.dispose();
  const { model, externalData, classes } = serveAsTensors(
    file,
    others.map(({ name }) => name),
  );
  // The optimised graph of the file has been saved.
  const rest = { ...options, externalData };
  delete rest.optimizedModelFilePath;
  const { buffer, byteOffset, byteLength } = model;
  return { native: tryLoad(file, (session) => session.loadModel(buffer, byteOffset, byteLength, rest)), classes };
}

function tryLoad(file: string, load: (session: NativeSession) => void): NativeSession {
  const native = createNativeSession();
  try {
    load(native);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelLoadError(`cannot load ${file}: ${explainLoadFailure(reason)}`, { cause: error });
  }
  return native;
}

function describeTensor(metadata: Binding.ValueMetadata, role: 'input' | 'output'): TensorSpec {
  const { name, isTensor, symbolicDimensions, shape } = metadata;
  if (!isTensor) {
    const remedy = role === 'output' ? outputRemedy : 'Export the model with tensor inputs only.';
    throw new ModelLoadError(
      `${role} "${name}" is a sequence, map or optional, which onnxruntime-node does not support. ${remedy}`,
    );
  }
  const type = elementTypeOfOnnx(metadata.type);
  if (type === undefined) {
    throw new ModelLoadError(
      `${role} "${name}" has the ONNX element type ${nameOfOnnxType(metadata.type)}, which onnxruntime-node cannot carry. ` +
        `Cast it in the model to one of ${Object.keys(elementTraits).join(', ')}.`,
    );
  }
  return { name, type, shape: shape.map((size, axis) => (size < 0 ? (symbolicDimensions[axis] ?? '') : size)) };
}

function toNative({ type, data, shape }: Tensor): NativeTensor {
  return { type, data, dims: shape, location: 'cpu' };
}

function fromNative(name: string, type: ElementType, value: NativeTensor | undefined): Tensor {
  if (value === undefined) throw new Error(`the model gave no output "${name}"`);
  return { type, shape: value.dims, data: value.data };
}
