import { float16ToNumber } from './float16.ts';
import type { Tensor } from './tensor.ts';

/**
 * The largest difference between two tensors of one shape, relative to the value if that is above 1; 0 for equal bits,
 * Infinity if they cannot be compared. Integers, booleans and strings are equal, or their difference is Infinity.
 */
export function largestDifference(expected: Tensor, actual: Tensor): number {
  if (expected.type !== actual.type || expected.data.length !== actual.data.length) return Infinity;
  if (expected.shape.join() !== actual.shape.join()) return Infinity;
  let largest = 0;
  for (let index = 0; index < expected.data.length; index++) {
    const left = expected.data[index];
    const right = actual.data[index];
    if (left === right) continue;
    const isFloat = expected.type.startsWith('float');
    if (!isFloat || typeof left !== 'number' || typeof right !== 'number') return Infinity;
    const a = expected.type === 'float16' ? float16ToNumber(left) : left;
    const b = expected.type === 'float16' ? float16ToNumber(right) : right;
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const difference = Math.abs(a - b) / Math.max(1, Math.abs(a));
    if (!(difference < Infinity)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}
