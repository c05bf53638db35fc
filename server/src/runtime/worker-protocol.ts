import type { ModelInterface } from '../signature/model-interface.ts';
import type { SessionOptions } from './session.ts';
import type { SignatureFile } from '../signature/signature-file.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WarmUpReport } from './warm-up.ts';

/** The start data of a worker thread. */
export interface WorkerStart extends WorkerAssignment {
  /** Texts of one run that the thread may pass on: more would exhaust the heap of the main thread. */
  readonly largestTextBytes: number;
}

/** A model, and how a session of it is loaded and warmed up. */
export interface WorkerAssignment {
  readonly file: string;
  /** The model's own file, where `file` is its optimised graph. */
  readonly modelFile: string;
  readonly options: SessionOptions;
  readonly signatureFile: SignatureFile;
  readonly tolerance: number;
  readonly prove: boolean;
  /** False: serve without a warm-up, which has taken too long before. */
  readonly warm: boolean;
}

/** To a worker. A worker closes between runs: ending a thread inside a run aborts the process. */
export type ToWorker =
  { readonly kind: 'run'; readonly id: number; readonly inputs: readonly Tensor[] } | { readonly kind: 'close' };

/** From a worker. */
export type FromWorker =
  /** The model is loaded; its warm-up follows. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready'; readonly model: ModelInterface; readonly report: WarmUpReport }
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'outputs';
      readonly id: number;
      readonly outputs: readonly Tensor[];
      readonly runMilliseconds: number;
    }
  | { readonly kind: 'error'; readonly id: number; readonly message: string };

/** Tensors for another thread, with the buffers to transfer instead of copy. */
export function prepareTransfer(tensors: readonly Tensor[]): { tensors: Tensor[]; buffers: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const prepared = tensors.map((tensor) => {
    const { data } = tensor;
    if (Array.isArray(data)) return tensor;
    // A view into a larger or shared buffer (a request body, another output) is copied: a transfer would empty its owner.
    const isWhole = data.byteLength === data.buffer.byteLength && !buffers.has(data.buffer);
    const own = isWhole ? data : data.slice();
    buffers.add(own.buffer);
    return { type: tensor.type, shape: tensor.shape, data: own };
  });
  return { tensors: prepared, buffers: [...buffers] };
}

/** About the heap that V8 needs for the texts of tensors. */
export function textBytes(tensors: readonly Tensor[]): number {
  let bytes = 0;
  for (const { data } of tensors) {
    if (!Array.isArray(data)) continue;
    for (const text of data) bytes += bytesBesideText + text.length;
  }
  return bytes;
}

/** The header of a string and its place in the list. */
const bytesBesideText = 24;
