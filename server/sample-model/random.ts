/**
 * A source of uniform numbers in [0, 1) that a seed determines on every machine: only 32-bit integer arithmetic
 * (the mulberry32 generator) and one exact division.
 */
export function seededUniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A roughly normal number with mean 0 and standard deviation 1: the sum of twelve uniforms, minus six.
 * Box-Muller would need Math.log and Math.cos, whose last bits differ between engines.
 */
export function nearlyNormal(uniform: () => number): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw += 1) sum += uniform();
  return sum;
}
