import { renderElement, renderNumber } from './json-elements.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The JSON text of a tensor as nested lists; a bare value for rank 0. */
export function renderNested(tensor: Tensor): string {
  return renderAxis(tensor, tensor.shape, 0, 0, tensor.data.length);
}

/** The JSON text of one row of a tensor, without its first dimension. */
export function renderRow(tensor: Tensor, row: number): string {
  const rows = tensor.shape[0] ?? 1;
  const length = tensor.data.length / rows;
  return renderAxis(tensor, tensor.shape, 1, row * length, (row + 1) * length);
}

/** The JSON text of a tensor's elements as one flat list. */
export function renderFlat(tensor: Tensor): string {
  return renderList(tensor, 0, tensor.data.length);
}

/** The JSON text of the elements from `start` to `end`, nested along the dimensions from `axis` on. */
export function renderAxis(tensor: Tensor, shape: readonly number[], axis: number, start: number, end: number): string {
  if (axis >= shape.length) return renderElement(tensor.type, tensor.data[start] ?? 0);
  if (axis === shape.length - 1) return renderList(tensor, start, end);
  const length = shape[axis] ?? 0;
  const stride = length === 0 ? 0 : (end - start) / length;
  let text = '[';
  for (let index = 0; index < length; index++) {
    if (index > 0) text += ',';
    text += renderAxis(tensor, shape, axis + 1, start + index * stride, start + (index + 1) * stride);
  }
  return text + ']';
}

function renderList(tensor: Tensor, start: number, end: number): string {
  const { type, data } = tensor;
  let text = '[';
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let index = start; index < end; index++) {
      if (index > start) text += ',';
      text += renderNumber(data[index] ?? 0);
    }
    return text + ']';
  }
  for (let index = start; index < end; index++) {
    if (index > start) text += ',';
    text += renderElement(type, data[index] ?? 0);
  }
  return text + ']';
}
