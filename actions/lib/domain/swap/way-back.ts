import type { SwapResult } from './result.ts';

/**
 * Until when the fleet of the release before was seen standing with all traffic on green, in milliseconds since the Unix
 * epoch: so long an abort was a mere shift of traffic back. Null where that was never seen, or the update never got so far.
 */
export function blueStoodUntil({ samples, outcome }: Pick<SwapResult, 'samples' | 'outcome'>): number | null {
  if (outcome === 'rolled-back') return null;
  return samples.findLast(({ status, greenShare }) => status === 'Updating' && greenShare === 1)?.at ?? null;
}
