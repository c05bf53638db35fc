import { renderAxis } from './render-json-tensor.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Elements that are rendered at once. */
const pieceElements = 4096;

/** True for a tensor that is rendered in pieces. */
export function isLarge({ data }: Tensor): boolean {
  return data.length > pieceElements * 4;
}

/** A binary body: in its pieces if one of its tensors is large, else in one. */
export function binaryBody(
  pieces: Iterable<Uint8Array>,
  tensors: readonly Tensor[],
): Uint8Array | Iterable<Uint8Array> {
  return tensors.some(isLarge) ? pieces : Buffer.concat([...pieces]);
}

/** A text in pieces with texts before and behind. */
export function* piecesAround(before: string, pieces: Iterable<string>, behind: string): Generator<string, void> {
  yield before;
  yield* pieces;
  yield behind;
}

/** The JSON text of a tensor as nested lists, in pieces. */
export function piecesOfNested(tensor: Tensor): Iterable<string> {
  return piecesOfAxis(tensor, 0, 0, tensor.data.length);
}

/** The JSON text of a tensor's elements as one flat list, in pieces. */
export function piecesOfFlat(tensor: Tensor): Iterable<string> {
  return piecesOfAxis({ ...tensor, shape: [tensor.data.length] }, 0, 0, tensor.data.length);
}

function* piecesOfAxis(tensor: Tensor, axis: number, start: number, end: number): Generator<string, void> {
  const length = tensor.shape[axis] ?? 0;
  if (end - start <= pieceElements || axis >= tensor.shape.length) {
    yield renderAxis(tensor, tensor.shape, axis, start, end);
    return;
  }
  const stride = (end - start) / length;
  const group = Math.max(1, Math.floor(pieceElements / stride));
  yield '[';
  for (let first = 0; first < length; first += group) {
    if (first > 0) yield ',';
    const last = Math.min(length, first + group);
    if (group > 1) {
      const shape = tensor.shape.with(axis, last - first);
      yield renderAxis(tensor, shape, axis, start + first * stride, start + last * stride).slice(1, -1);
    } else {
      yield* piecesOfAxis(tensor, axis + 1, start + first * stride, start + last * stride);
    }
  }
  yield ']';
}

/** The text of rows that `render` makes, some rows a piece. */
export function* piecesOfRows(
  tensor: Tensor,
  render: (firstRow: number, lastRow: number) => string,
): Generator<string, void> {
  const rows = tensor.shape[0] ?? 0;
  const group = Math.max(1, Math.floor((pieceElements * rows) / tensor.data.length));
  for (let first = 0; first < rows; first += group) yield render(first, Math.min(rows, first + group));
}
