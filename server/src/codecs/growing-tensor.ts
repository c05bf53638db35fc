import { elementWriters, type ElementWriter } from './json-elements.ts';
import { elementTraits, type ElementType, type TensorData } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The elements of a tensor whose number is not known yet. */
export interface GrowingTensor {
  readonly type: ElementType;
  data: TensorData;
  readonly write: ElementWriter;
  /** Elements so far. */
  length: number;
}

/** How much of a body has been read, from 0 to 1: what it held so far tells how much memory the whole needs. */
export interface ReadShare {
  value: number;
}

const fewestElements = 64;

/** Makes an empty one. */
export function createGrowingTensor(type: ElementType): GrowingTensor {
  return { type, data: elementTraits[type].create(fewestElements), write: elementWriters[type], length: 0 };
}

/** Makes room for elements up to `length`, which then are zero or empty. */
export function growTo(tensor: GrowingTensor, length: number, share: ReadShare): void {
  if (length > tensor.data.length) tensor.data = enlarged(tensor, length, share);
  tensor.length = length;
}

function enlarged({ type, data }: GrowingTensor, length: number, share: ReadShare): TensorData {
  if (Array.isArray(data)) {
    for (let index = data.length; index < length; index++) data.push('');
    return data;
  }
  // At the start of a body the estimate is poor: at most 16 times what is needed now.
  const estimate = share.value > 0 ? (length / share.value) * 1.02 : 0;
  const larger = elementTraits[type].create(Math.ceil(Math.max(length * 1.25, Math.min(estimate, length * 16))));
  // Both have the same type, and the source is the shorter one.
  if (larger instanceof BigInt64Array || larger instanceof BigUint64Array) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) larger.set(data);
  } else if (!Array.isArray(larger) && !(data instanceof BigInt64Array) && !(data instanceof BigUint64Array)) {
    larger.set(data);
  }
  return larger;
}

/** Adds the elements of a tensor of the same type. */
export function append(target: GrowingTensor, { data }: Tensor, share: ReadShare): void {
  const start = target.length;
  growTo(target, start + data.length, share);
  const into = target.data;
  if (into instanceof Float32Array && data instanceof Float32Array) into.set(data, start);
  else for (let index = 0; index < data.length; index++) copyElement(into, start + index, data[index] ?? 0);
}

function copyElement(data: TensorData, index: number, element: number | bigint | string): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    if (typeof element === 'bigint') data[index] = element;
  } else if (Array.isArray(data)) {
    if (typeof element === 'string') data[index] = element;
  } else if (typeof element === 'number') {
    data[index] = element;
  }
}

/** The tensor of all elements. It shares their memory. */
export function finishTensor({ type, data, length }: GrowingTensor, shape: readonly number[]): Tensor {
  if (Array.isArray(data)) {
    data.length = length;
    return { type, shape, data };
  }
  return { type, shape, data: data.length === length ? data : data.subarray(0, length) };
}
