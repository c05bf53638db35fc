import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Steps } from '../codecs/steps.ts';
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

/**
 * The tensors of a message. A port brings the texts of long lists in parts: a message is read in one go, and a list of a
 * million texts would keep the event loop for as long as that takes.
 */
export interface SentTensors {
  readonly tensors: readonly Tensor[];
  readonly texts: MessagePort | undefined;
}

/** To a worker. A worker closes between runs: ending a thread inside a run aborts the process. */
export type ToWorker =
  { readonly kind: 'run'; readonly id: number; readonly inputs: SentTensors } | { readonly kind: 'close' };

/** From a worker. */
export type FromWorker =
  /** The model is loaded; its warm-up follows. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready'; readonly model: ModelInterface; readonly report: WarmUpReport }
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'outputs';
      readonly id: number;
      readonly outputs: SentTensors;
      readonly runMilliseconds: number;
    }
  | { readonly kind: 'error'; readonly id: number; readonly message: string };

/** What a message transfers instead of copying it. */
export type Transferred = (ArrayBuffer | MessagePort)[];

/** Texts of one part: they are copied within some milliseconds. */
const textsOfPart = 16_384;

/** The texts of a part, and the index of their tensor. */
interface TextPart {
  readonly tensor: number;
  readonly texts: readonly string[];
}

/** Tensors for another thread, and what to transfer with them. One step for each part of long lists of texts. */
export function* sendTensors(
  tensors: readonly Tensor[],
): Steps<{ readonly sent: SentTensors; readonly transfer: Transferred }> {
  const buffers = new Set<ArrayBuffer>();
  let channel: MessageChannel | undefined;
  const prepared: Tensor[] = [];
  for (const [index, tensor] of tensors.entries()) {
    const { type, shape, data } = tensor;
    if (!Array.isArray(data)) {
      // A view into a larger or shared buffer (a request body, another output) is copied: a transfer would empty its owner.
      const isWhole = data.byteLength === data.buffer.byteLength && !buffers.has(data.buffer);
      const own = isWhole ? data : data.slice();
      buffers.add(own.buffer);
      prepared.push({ type, shape, data: own });
    } else if (data.length <= textsOfPart) {
      prepared.push(tensor);
    } else {
      channel ??= new MessageChannel();
      for (let start = 0; start < data.length; start += textsOfPart) {
        const part: TextPart = { tensor: index, texts: data.slice(start, start + textsOfPart) };
        channel.port1.postMessage(part);
        yield;
      }
      prepared.push({ type, shape, data: [] });
    }
  }
  const sent = { tensors: prepared, texts: channel?.port2 };
  return { sent, transfer: [...buffers, ...(channel === undefined ? [] : [channel.port2])] };
}

/** The tensors of a message from another thread. One step for each part of long lists of texts. */
export function* receiveTensors({ tensors, texts }: SentTensors): Steps<readonly Tensor[]> {
  if (texts === undefined) return tensors;
  for (;;) {
    // All parts were sent before the message.
    const received = receiveMessageOnPort(texts) as { readonly message: TextPart } | undefined;
    if (received === undefined) break;
    const data = tensors[received.message.tensor]?.data;
    if (Array.isArray(data)) data.push(...received.message.texts);
    yield;
  }
  texts.close();
  return tensors;
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
