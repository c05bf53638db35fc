import type { AttemptTask, AttemptVerdict, Evidence } from '../ledger/fact.ts';
import { UserError } from '../errors/user-error.ts';
import type { Hold } from '../ledger/standing.ts';
import type { ReleaseId } from '../release/release.ts';
import type { ProbeReport } from '../probe/report.ts';
import type { SmokeReport } from '../smoke/check.ts';
import type { EndPhase, SwapPhase } from './state.ts';

/** Why a deployment doesn't route to its release, although nothing is wrong with the endpoint. */
export class HeldError extends UserError {
  constructor(environment: string, release: ReleaseId, { reason, remedy }: Hold) {
    super({
      what: `Routing ${environment} to release ${release} is held`,
      where: `the ledger of ${environment}`,
      expected: 'nothing that speaks against the release',
      found: reason,
      remedy,
    });
    this.name = 'HeldError';
  }
}

/** States of a GitHub deployment that this project writes. */
export type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error';

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
  /** What the probes saw while green baked; null where it was not asked then. */
  readonly probes: ProbeReport | null;
  /** Whether every fact of it is in the ledger. */
  readonly isRecorded: boolean;
  /** Id of the GitHub deployment that mirrors it; null where there is none. */
  readonly deployment: number | null;
  readonly warnings: readonly string[];
}

/** Whether a job that ends so succeeds: promoted, and the ledger knows it. */
export function isSuccess(result: Pick<SwapResult, 'outcome' | 'isRecorded'>): boolean {
  return result.outcome === 'promoted' && result.isRecorded;
}

/**
 * What a swap's end says about its release. An update that SageMaker rolled back counts against it, whatever the text of the
 * reason: nothing is decided by that.
 */
export function verdictOfEnd({
  outcome,
  transitions,
  smoke,
}: Pick<SwapResult, 'outcome' | 'transitions' | 'smoke'>): AttemptVerdict {
  if (outcome === 'promoted') return 'passed';
  const isFoundBad =
    smoke?.verdict === 'failed' || transitions.some(({ phase }) => phase === 'rolling-back' || phase === 'aborting');
  return isFoundBad || outcome === 'rolled-back' ? 'failed' : 'none';
}

/** What a swap saw of its release, for those who promote it; null where it was not asked. */
export function evidenceOf({ smoke, probes }: Pick<SwapResult, 'smoke' | 'probes'>): Evidence | null {
  if (smoke === null) return null;
  const { requests, p50Milliseconds, p99Milliseconds, parity } = smoke;
  const comparison = probes === null ? {} : { comparison: `${probes.comparison.verdict}: ${probes.comparison.reason}` };
  return { requests, p50Milliseconds, p99Milliseconds, parity: parity.detail, ...comparison };
}

/** The deployment status that an end leaves: an interrupted attempt stays open for the run that continues it. */
export function deploymentStateOf(outcome: EndPhase): DeploymentState {
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
