import { elementTraits, type ElementType } from '../tensor/element-types.ts';
import { float16ToNumber, numberToFloat16 } from '../tensor/float16.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { createRandom } from './synthetic-inputs.ts';

/** One row of each input. */
export type TrialRow = readonly Tensor[];

/** How a number of a row is changed; `random` is uniform in [0, 1). */
type Change = (value: number, random: () => number) => number;

const keep: Change = (value) => value;
const large: Change = (value) => value * 1e3;
const zero: Change = () => 0;
const small: Change = (value) => value * 1e-3;
const constant: Change = () => 1;
const perturbed: Change = (value, random) => value * (0.9 + 0.2 * random()) + 0.01 * (random() - 0.5);
const negative: Change = (value) => -value;

/**
 * The rows of a proof, from rows that the model runs on: what a reduction, a normalisation or a range over all rows does
 * shows only among rows that differ in magnitude, so that neighbours differ by it. `keepsZeros`: add no zero to any row.
 */
export function makeTrialRows(bases: readonly TrialRow[], keepsZeros: boolean): TrialRow[] {
  const [first] = bases;
  if (first === undefined) return [];
  const base = (index: number): TrialRow => bases[index % bases.length] ?? first;
  const plan: (readonly [TrialRow, Change])[] = [
    [base(0), keep],
    [base(0), large],
    [base(0), keepsZeros ? perturbed : zero],
    [base(1), keep],
    [base(0), keepsZeros ? negative : small],
    [base(1), large],
    [base(0), constant],
    [base(0), perturbed],
    [base(2), keep],
    [base(1), keepsZeros ? perturbed : small],
    [base(3), large],
    [base(2), negative],
  ];
  return plan.map(([row, change], index) => row.map((tensor) => varied(tensor, change, index, keepsZeros)));
}

function varied(tensor: Tensor, change: Change, variant: number, keepsZeros: boolean): Tensor {
  if (change === keep) return tensor;
  const { type, shape, data } = tensor;
  const random = createRandom(1000 + variant);
  if (Array.isArray(data)) return { type, shape, data: pick(textsOf(data), data.length, random) };
  const result = elementTraits[type].create(data.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const values = pick(integersOf(type, [...data].map(Number), keepsZeros), data.length, random);
    for (const [index, value] of values.entries()) result[index] = BigInt(value);
    return { type, shape, data: result };
  }
  if (type === 'bool') for (let index = 0; index < data.length; index++) result[index] = random() < 0.5 ? 0 : 1;
  else if (type === 'float16') {
    for (const [index, value] of data.entries())
      result[index] = numberToFloat16(change(float16ToNumber(value), random));
  } else if (type === 'float32' || type === 'float64') {
    for (const [index, value] of data.entries()) result[index] = change(value, random);
  } else {
    const values = pick(integersOf(type, [...data], keepsZeros), data.length, random);
    for (const [index, value] of values.entries()) result[index] = value;
  }
  return { type, shape, data: result };
}

/** Integers may be indices: only those of the row are known to be valid, or else small ones. */
function integersOf(type: ElementType, row: readonly number[], keepsZeros: boolean): readonly number[] {
  const own = [...new Set(row)].filter((value) => value !== 0 || !keepsZeros);
  // 8-bit integers are mostly pixels or quantised values, where the range counts.
  if (type === 'uint8' || type === 'int8') return [...own, 1, 40, 100, 127];
  if (own.length > 1) return own;
  return own.includes(1) ? [1, 2] : [...own, 1];
}

function textsOf(row: readonly string[]): readonly string[] {
  const own = [...new Set(row)];
  return own.length > 1 ? own : [...own, 'a', 'b'];
}

function pick<T>(values: readonly T[], length: number, random: () => number): T[] {
  return Array.from({ length }, () => values[Math.floor(random() * values.length)]).filter(
    (value) => value !== undefined,
  );
}
