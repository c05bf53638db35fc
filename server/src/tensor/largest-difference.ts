import { float16ToNumber } from './float16.ts';
import type { Tensor } from './tensor.ts';

/**
 * The largest difference between two tensors of one shape, relative to the largest value if that is above 1: sums of
 * another order differ by the size of their terms, also where the terms cancel out. 0 for equal bits, Infinity if the
 * tensors cannot be compared. Integers, booleans and strings are equal, or their difference is Infinity.
 */
export function largestDifference(expected: Tensor, actual: Tensor): number {
  if (expected.type !== actual.type || expected.data.length !== actual.data.length) return Infinity;
  if (expected.shape.join() !== actual.shape.join()) return Infinity;
  const isFloat = expected.type.startsWith('float');
  const isHalf = expected.type === 'float16';
  let largest = 0;
  let scale = 1;
  for (let index = 0; index < expected.data.length; index++) {
    const left = expected.data[index];
    const right = actual.data[index];
    if (left === right && !isFloat) continue;
    if (!isFloat || typeof left !== 'number' || typeof right !== 'number') return Infinity;
    const a = isHalf ? float16ToNumber(left) : left;
    if (Math.abs(a) > scale && Math.abs(a) < Infinity) scale = Math.abs(a);
    if (left === right) continue;
    const b = isHalf ? float16ToNumber(right) : right;
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const difference = Math.abs(a - b);
    if (!(difference < Infinity)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest / scale;
}
