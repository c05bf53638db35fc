import { elementTraits, type ElementType, type TensorData } from './element-types.ts';

/** A dense tensor in row-major order. `data.length` is the product of `shape`; rank 0 has `shape` [] and one element. */
export interface Tensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Number of elements of a shape; 1 for rank 0. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) count *= dimension;
  return count;
}

/** The bytes under a numeric tensor's data, without copying. */
export function bytesOf(data: Exclude<TensorData, string[]>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A view of elements [start, end); strings are copied. */
function sliceData(data: TensorData, start: number, end: number): TensorData {
  return Array.isArray(data) ? data.slice(start, end) : data.subarray(start, end);
}

/** Rows [start, end) of a tensor along its first dimension. */
export function sliceRows(tensor: Tensor, start: number, end: number): Tensor {
  const rows = tensor.shape[0] ?? 1;
  const rowLength = rows === 0 ? 0 : tensor.data.length / rows;
  return {
    type: tensor.type,
    shape: [end - start, ...tensor.shape.slice(1)],
    data: sliceData(tensor.data, start * rowLength, end * rowLength),
  };
}

/** Shorter rows are copied element by element: a call of set() costs more. */
const shortRow = 48;

/** Copies the elements of one list into another of the same type. */
function copyElements(target: TensorData, source: TensorData, offset: number): void {
  if (Array.isArray(target)) {
    if (!Array.isArray(source)) return;
    for (let index = 0; index < source.length; index++) target[offset + index] = source[index] ?? '';
  } else if (target instanceof Float32Array && source instanceof Float32Array) {
    if (source.length >= shortRow) target.set(source, offset);
    else for (let index = 0; index < source.length; index++) target[offset + index] = source[index] ?? 0;
  } else if (!Array.isArray(source)) {
    bytesOf(target).set(bytesOf(source), offset * target.BYTES_PER_ELEMENT);
  }
}

/** Tensors of one type and one trailing shape, joined along the first dimension, in fresh memory. */
export function concatenateRows(tensors: readonly Tensor[]): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new RangeError('concatenateRows needs at least one tensor');
  let rows = 0;
  let length = 0;
  for (const tensor of tensors) {
    rows += tensor.shape[0] ?? 1;
    length += tensor.data.length;
  }
  const { type, shape } = first;
  const data = elementTraits[type].create(length);
  let offset = 0;
  for (const tensor of tensors) {
    copyElements(data, tensor.data, offset);
    offset += tensor.data.length;
  }
  return { type, shape: [rows, ...shape.slice(1)], data };
}

/** An empty tensor with the type and the trailing shape of another one. */
export function emptyRows({ type, shape }: Tensor, rows: number): Tensor {
  const whole = [rows, ...shape.slice(1)];
  return { type, shape: whole, data: elementTraits[type].create(elementCount(whole)) };
}

/** Copies `rows` rows into a tensor, from its row `first` on. False, without a copy, if the source has another shape or type. */
export function copyRows(target: Tensor, source: Tensor | undefined, first: number, rows: number): boolean {
  const trailing = target.shape.slice(1);
  if (source?.type !== target.type || source.shape.join() !== [rows, ...trailing].join()) return false;
  copyElements(target.data, source.data, first * elementCount(trailing));
  return true;
}
