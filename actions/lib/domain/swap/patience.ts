import type { Environment } from '../environment/environment.ts';
import type { SmokeFile } from '../smoke/cases.ts';
import type { SwapPhase } from './state.ts';

/** How much longer than its own limit a phase may take before nobody believes in it any more. */
const GRACE_MILLISECONDS = 10 * 60_000;
/** How long an endpoint may be busy with something else before a swap gives up. */
const WAIT_MILLISECONDS = 60 * 60_000;

/** How long a phase of a swap may last, in milliseconds. */
export function patienceMilliseconds(phase: SwapPhase, { swap }: Environment, smoke: SmokeFile): number {
  switch (phase) {
    case 'updating':
    case 'rolling-back':
      return swap.maximumExecutionTimeoutSeconds * 1000 + GRACE_MILLISECONDS;
    case 'starting':
    case 'waiting':
    case 'requesting':
      return WAIT_MILLISECONDS;
    case 'verifying':
    case 'confirming':
    case 'proving-blue':
      return smoke.timeoutSeconds * 1000 + GRACE_MILLISECONDS;
    case 'promoted':
    case 'rolled-back':
    case 'inconclusive':
    case 'stuck':
    case 'refused':
    case 'interrupted':
      return 0;
  }
}
