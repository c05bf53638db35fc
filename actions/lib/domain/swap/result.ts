import type { AttemptState, AttemptTask } from '../ledger/ledger.ts';
import type { ReleaseId } from '../release/release.ts';
import type { SmokeReport } from '../smoke/check.ts';
import type { EndPhase, SwapPhase } from './state.ts';

/** What a swap did, from which outputs, summary, deployment status and exit code all come. */
export interface SwapResult {
  readonly task: AttemptTask;
  readonly environment: string;
  readonly endpointName: string;
  readonly release: ReleaseId;
  readonly image: string;
  /** What served before, or null before the first release. */
  readonly previousRelease: ReleaseId | null;
  readonly outcome: EndPhase;
  readonly cause: string;
  /** The endpoint config that was last seen serving. */
  readonly servingConfig: string | null;
  readonly servingRelease: ReleaseId | null;
  readonly reason: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly transitions: readonly { readonly at: number; readonly phase: SwapPhase; readonly reason: string }[];
  readonly samples: readonly {
    readonly at: number;
    readonly status: string;
    readonly stage: string;
    readonly greenShare: number;
  }[];
  readonly smoke: SmokeReport | null;
  readonly blueSmoke: SmokeReport | null;
  /** The GitHub deployment; null is what could not be recorded. */
  readonly deployment: { readonly id: number | null; readonly state: AttemptState | null };
  readonly warnings: readonly string[];
}

/** Whether a job that ends so succeeds: promoted, and the ledger knows it. */
export function isSuccess(result: Pick<SwapResult, 'outcome' | 'deployment'>): boolean {
  return result.outcome === 'promoted' && result.deployment.state === 'success';
}

/** The deployment status that an end leaves: an interrupted attempt stays open for the run that continues it. */
export function attemptStateOf(outcome: EndPhase): AttemptState {
  switch (outcome) {
    case 'promoted':
      return 'success';
    case 'rolled-back':
      return 'failure';
    case 'inconclusive':
    case 'stuck':
    case 'refused':
      return 'error';
    case 'interrupted':
      return 'in_progress';
  }
}
