import { seededUniform } from '../../sample-model/random.ts';

/** Seeded choices. */
export interface SeededRandom {
  /** A whole number from 0 to below the limit. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T;
  readonly bytes: (count: number) => Buffer;
}

/** The same choices for the same seed. */
export function createSeededRandom(seed: number): SeededRandom {
  const uniform = seededUniform(seed);
  const below = (limit: number): number => Math.floor(uniform() * limit);
  return {
    below,
    chance: (probability) => uniform() < probability,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    bytes: (count) => Buffer.from(Uint8Array.from({ length: count }, () => below(256))),
  };
}
