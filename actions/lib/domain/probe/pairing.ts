/** Answers of new instances that are left out: a first answer loads what later ones find loaded. */
export const COLD_ANSWERS = 5;
/** Answers of a case that may wait for one of the other release. */
const MOST_WAITING = 60;

type Side = 'green' | 'blue';

/** Latencies of green and blue to the same questions. */
export interface Pairing {
  /** Adds an answer: it makes a pair with the newest answer of the other release to the same case that has none yet. */
  add(side: Side, smokeCase: string, milliseconds: number): void;
  /** New instances of green get traffic. */
  warm(): void;
  /** Logarithms of green's latency as a multiple of blue's. */
  readonly logRatios: readonly number[];
}

/** No pairs yet; the first answers of green count as cold. */
export function createPairing(): Pairing {
  const waiting = { green: new Map<string, number[]>(), blue: new Map<string, number[]>() };
  const logRatios: number[] = [];
  let cold = COLD_ANSWERS;
  const queueOf = (side: Side, smokeCase: string): number[] => {
    const queue = waiting[side].get(smokeCase) ?? [];
    waiting[side].set(smokeCase, queue);
    return queue;
  };
  return {
    logRatios,
    warm: () => {
      cold = COLD_ANSWERS;
    },
    add: (side, smokeCase, measured) => {
      if (side === 'green' && cold > 0) {
        cold -= 1;
        return;
      }
      // Latencies are whole milliseconds, and may be 0.
      const milliseconds = Math.max(0.5, measured);
      const other = queueOf(side === 'green' ? 'blue' : 'green', smokeCase).pop();
      if (other === undefined) {
        const own = queueOf(side, smokeCase);
        own.push(milliseconds);
        if (own.length > MOST_WAITING) own.shift();
      } else logRatios.push(Math.log(side === 'green' ? milliseconds / other : other / milliseconds));
    },
  };
}
