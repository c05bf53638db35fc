import type { Tolerance } from './cases.ts';

/**
 * How far two numbers may be apart where they are further apart than that, or null where they agree. Whole numbers are
 * compared exactly, however large; others as float64, the widest that a model answers with.
 */
export function differenceOfNumbers(expected: string, found: string, tolerance: Tolerance): number | null {
  const [left, right] = [Number(expected), Number(found)];
  const bound = tolerance.absolute + tolerance.relative * Math.abs(left);
  // No float64: Infinity and NaN, which a tolerance says nothing about, and what is too large to be told apart.
  if (!Number.isFinite(left) || !Number.isFinite(right)) return expected === found ? null : bound;
  const [wholeLeft, wholeRight] = [wholeOf(expected), wholeOf(found)];
  const apart =
    wholeLeft !== undefined && wholeRight !== undefined ? Number(wholeRight - wholeLeft) : Math.abs(right - left);
  return Math.abs(apart) <= bound ? null : bound;
}

function wholeOf(literal: string): bigint | undefined {
  const [, digits] = /^(-?\d+)(?:\.0*)?$/.exec(literal) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}
