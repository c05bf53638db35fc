import { seededUniform } from '../../sample-model/random.ts';

/** Random choices. */
export interface Choices {
  /** A whole number from 0 to below the limit. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(options: readonly [T, ...T[]]) => T;
  readonly bytes: (count: number) => Buffer;
}

/** Makes choices; the same seed gives the same choices. */
export function seededChoices(seed: number): Choices {
  const uniform = seededUniform(seed);
  const below = (limit: number): number => Math.floor(uniform() * limit);
  return {
    below,
    chance: (probability) => uniform() < probability,
    pick: (options) => options[below(options.length)] ?? options[0],
    bytes: (count) => Buffer.from(Uint8Array.from({ length: count }, () => below(256))),
  };
}
