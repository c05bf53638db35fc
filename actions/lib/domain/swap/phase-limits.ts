import type { Environment } from '../environment/environment.ts';
import type { SmokeFile } from '../smoke/cases.ts';
import type { SwapPhase } from './state.ts';

/** Grace period after a phase's own limit, before the phase counts as hung. */
const GRACE_MILLISECONDS = 10 * 60_000;
/** How long a swap waits for an endpoint that is busy with something else. */
const WAIT_MILLISECONDS = 60 * 60_000;

/** How long a phase of a swap may last, in milliseconds. */
export function phaseLimitMilliseconds(phase: SwapPhase, { swap }: Environment, smoke: SmokeFile | null): number {
  const longestUpdateMilliseconds = swap.maximumExecutionTimeoutSeconds * 1000 + GRACE_MILLISECONDS;
  switch (phase) {
    case 'updating':
    case 'aborting':
    case 'rolling-back':
      return longestUpdateMilliseconds;
    case 'starting':
    case 'waiting':
    case 'requesting':
      // The update of a run that died may take as long as one of this run.
      return Math.max(WAIT_MILLISECONDS, longestUpdateMilliseconds);
    case 'verifying':
    case 'confirming':
    case 'proving-blue':
      return (smoke?.timeoutSeconds ?? 0) * 1000 + GRACE_MILLISECONDS;
    case 'promoted':
    case 'rolled-back':
    case 'inconclusive':
    case 'stuck':
    case 'refused':
    case 'interrupted':
      return 0;
  }
}
