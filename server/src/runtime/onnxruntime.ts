import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import type { TensorData } from '../tensor/element-types.ts';

/** A tensor as the native code reads and makes it. */
export interface NativeTensor {
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];
  readonly location: 'cpu';
}

/** The native session. Every method blocks the calling thread. */
export interface NativeSession {
  readonly inputMetadata: readonly Binding.ValueMetadata[];
  readonly outputMetadata: readonly Binding.ValueMetadata[];
  loadModel(file: string, options: object): void;
  loadModel(buffer: ArrayBuffer, byteOffset: number, byteLength: number, options: object): void;
  run(
    feeds: Readonly<Record<string, NativeTensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Readonly<Record<string, NativeTensor>>;
  dispose(): void;
}

interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
  readonly initOrtOnce: (logLevel: number, tensorClass: unknown, isMainThread: boolean) => void;
}

/** The class of outputs: the native code calls its constructor. */
class OutputTensor implements NativeTensor {
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];
  readonly location = 'cpu';

  constructor(type: string, data: TensorData, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

let loaded: NativeBinding | undefined;

/**
 * A new native session. The binding is loaded like in onnxruntime-node's dist/binding.js, without the package's
 * JavaScript: its run() adds a promise and an event-loop turn to every batch, its Tensor class checks all data again,
 * and loading both takes a tenth of the cold start. The version of the package is pinned.
 */
export function createNativeSession(): NativeSession {
  loaded ??= loadBinding();
  return new loaded.InferenceSession();
}

const fatalOnly = 4;

function loadBinding(): NativeBinding {
  const require = createRequire(import.meta.url);
  const file = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
  const binding = require(file) as NativeBinding;
  binding.initOrtOnce(fatalOnly, OutputTensor, isMainThread);
  return binding;
}
