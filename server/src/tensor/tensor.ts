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

function copyInto(target: Float32Array, source: Float32Array, offset: number): void {
  if (source.length >= shortRow) {
    target.set(source, offset);
    return;
  }
  for (let index = 0; index < source.length; index++) target[offset + index] = source[index] ?? 0;
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
  const shape = [rows, ...first.shape.slice(1)];
  if (first.type === 'string') {
    return { type: 'string', shape, data: tensors.flatMap(({ data }) => (Array.isArray(data) ? data : [])) };
  }
  if (first.type === 'float32') {
    const data = new Float32Array(length);
    let offset = 0;
    for (const tensor of tensors) {
      if (tensor.data instanceof Float32Array) copyInto(data, tensor.data, offset);
      offset += tensor.data.length;
    }
    return { type: 'float32', shape, data };
  }
  const data = elementTraits[first.type].create(length);
  if (!Array.isArray(data)) {
    const target = bytesOf(data);
    let offset = 0;
    for (const tensor of tensors) {
      if (Array.isArray(tensor.data)) continue;
      target.set(bytesOf(tensor.data), offset);
      offset += tensor.data.byteLength;
    }
  }
  return { type: first.type, shape, data };
}
