import type { TensorSpec } from '../signature/model-interface.ts';
import { elementTraits } from '../tensor/element-types.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** Sizes to try for open dimensions other than the batch dimension. */
export const openDimensionCandidates: readonly number[] = [8, 1, 32, 224];

/** Bytes of one generated row; a text counts as 16. */
export function syntheticBytes(inputs: readonly TensorSpec[], openDimension: number): number {
  let bytes = 0;
  for (const { type, shape } of inputs) {
    const sizes = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : openDimension));
    bytes += elementCount(sizes) * (elementTraits[type].bytes || 16);
  }
  return bytes;
}

/**
 * Generated inputs for warm-up: `rows` rows that differ from each other, the same for the same arguments. Integers are
 * small and never 0: they may be indices, and an integer division by zero ends the process.
 */
export function synthesizeInputs(inputs: readonly TensorSpec[], rows: number, openDimension: number): Tensor[] {
  return inputs.map((spec, index) => {
    const shape = spec.shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? rows : openDimension));
    const length = elementCount(shape);
    const data = elementTraits[spec.type].create(length);
    const random = createRandom(index + 1);
    for (let element = 0; element < length; element++) {
      const value = random();
      if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[element] = value < 0.5 ? 1n : 2n;
      else if (Array.isArray(data)) data[element] = value < 0.5 ? 'a' : 'b';
      else if (spec.type === 'float32' || spec.type === 'float64') data[element] = value * 4 - 2;
      // Bits of a float16 between 1 and 2.
      else if (spec.type === 'float16') data[element] = 0x3c00 + Math.floor(value * 0x400);
      else if (spec.type === 'bool') data[element] = value < 0.5 ? 0 : 1;
      else data[element] = value < 0.5 ? 1 : 2;
    }
    return { type: spec.type, shape, data };
  });
}

/** Uniform numbers in [0, 1) from a seed: Numerical Recipes' 32-bit linear congruential generator, upper bits. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
