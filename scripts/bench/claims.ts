import type { Claim } from './bench.ts';

/** A ratio that must not be smaller than its target. */
export function atLeast(what: string, measured: number | undefined, target: number, unit: Claim['unit'] = '×'): Claim {
  return { what, measured, bound: 'at least', target, unit };
}

/** A figure that must not be larger than its target. */
export function atMost(what: string, measured: number | undefined, target: number, unit: Claim['unit'] = '×'): Claim {
  return { what, measured, bound: 'at most', target, unit };
}
