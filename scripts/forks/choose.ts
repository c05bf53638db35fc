import { seededUniform } from '../../server/sample-model/random.ts';

/** So many of the given values, chosen by a seed, in their own order; the same seed always chooses the same. */
export function chooseBySeed<Value>(values: readonly Value[], count: number, seed: number): readonly Value[] {
  const uniform = seededUniform(seed);
  const drawn = values.map((value, index) => ({ value, index, rank: uniform() }));
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ value }) => value);
}
