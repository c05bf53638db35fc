/** Requests of a fleet, and how many of them failed. */
export interface ErrorCount {
  readonly requests: number;
  readonly errors: number;
}

/**
 * Bounds that a share of errors has with a chance of at least 1 − alpha each, from 0 to 1: Chernoff's inequality with the
 * Kullback–Leibler divergence, which holds for every number of requests (W. Hoeffding, "Probability inequalities for sums of
 * bounded random variables", JASA 58, 1963, theorem 1).
 */
export function boundsOf(
  { requests, errors }: ErrorCount,
  alpha: number,
): { readonly low: number; readonly high: number } {
  if (requests === 0) return { low: 0, high: 1 };
  const share = Math.min(1, errors / requests);
  const reach = Math.log(1 / alpha) / requests;
  return {
    low: lastWithin((point) => divergence(share, share - point), share, reach, -1),
    high: lastWithin((point) => divergence(share, share + point), 1 - share, reach, 1),
  };

  /** The bound in one direction: as far from the share as the divergence stays within reach. */
  function lastWithin(distance: (point: number) => number, most: number, within: number, sign: 1 | -1): number {
    let [inside, outside] = [0, most];
    if (distance(most) <= within) return share + sign * most;
    for (let step = 0; step < 60; step += 1) {
      const middle = (inside + outside) / 2;
      if (distance(middle) <= within) inside = middle;
      else outside = middle;
    }
    return share + sign * inside;
  }
}

/** The Kullback–Leibler divergence of two shares. */
function divergence(share: number, other: number): number {
  const part = (p: number, q: number): number => (p === 0 ? 0 : q <= 0 ? Infinity : p * Math.log(p / q));
  return part(share, other) + part(1 - share, 1 - other);
}

/**
 * How far green's share of errors is above blue's for sure, from 0 to 1; 0 where it need not be above. The counts may be
 * read again and again: the n-th look spends alpha / (n (n + 1)), which sums up to alpha.
 */
export function surelyAbove(green: ErrorCount, blue: ErrorCount, alpha: number, look: number): number {
  const spent = alpha / (look * (look + 1));
  return Math.max(0, boundsOf(green, spent / 2).low - boundsOf(blue, spent / 2).high);
}
