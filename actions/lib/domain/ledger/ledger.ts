import { z } from 'zod';
import { unpackBaseline, type Baseline } from '../smoke/baseline.ts';
import type { ReleaseId } from '../release/release.ts';
import { scalingSnapshot } from '../endpoint/scaling-snapshot.ts';

/** States of a GitHub deployment that this project writes or meets. */
export const ATTEMPT_STATES = ['queued', 'pending', 'in_progress', 'success', 'failure', 'error', 'inactive'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export const attemptTask = z.literal(['deploy', 'rollback']);
export type AttemptTask = z.output<typeof attemptTask>;

/** What an attempt keeps, so that another run can finish it. */
export const attemptPayload = z.looseObject({
  release: z.string(),
  /** The release that served before, or null before the first one. */
  previousRelease: z.string().nullable(),
  image: z.string(),
  endpoint: z.string(),
  /** The scaling target that was deregistered for the swap. */
  autoscaling: scalingSnapshot.optional(),
  reason: z.string().optional(),
  /** Answers of the release before to the smoke cases, packed; another form is no evidence. */
  baseline: z.string().optional().catch(undefined),
  runUrl: z.string().optional(),
});
type AttemptPayload = z.output<typeof attemptPayload>;

export interface NewAttempt {
  readonly environment: string;
  readonly task: AttemptTask;
  readonly payload: AttemptPayload;
  readonly description: string;
}

/** An attempt as the ledger holds it. */
export interface AttemptRecord {
  readonly id: number;
  readonly task: AttemptTask;
  readonly payload: AttemptPayload;
  readonly createdAt: string;
  /** Newest first. */
  readonly statuses: readonly { readonly state: AttemptState; readonly description: string }[];
}

/** How the description of a status starts once an attempt has begun to go back. */
export const ROLLING_BACK = 'Rolling back';
/** How that of the phase starts in which SageMaker updates the endpoint: phases are recorded by their names. */
const UPDATING = 'updating: ';

/** Whether an attempt once succeeded: older successes turn `inactive`, so the history decides. */
export function isVerified(attempt: AttemptRecord): boolean {
  return attempt.statuses.some(({ state }) => state === 'success');
}

/** Whether an attempt has not ended: its run was killed, or is still there. */
export function isOpen(attempt: AttemptRecord): boolean {
  const latest = attempt.statuses[0]?.state ?? 'queued';
  return latest === 'queued' || latest === 'pending' || latest === 'in_progress';
}

/** How far an unfinished attempt came: `update` once SageMaker accepted its update. */
export function progressOf({ statuses }: AttemptRecord): 'swap' | 'update' | 'roll-back' {
  const has = (start: string): boolean => statuses.some(({ description }) => description.startsWith(start));
  if (has(ROLLING_BACK)) return 'roll-back';
  return has(UPDATING) ? 'update' : 'swap';
}

/** The newest baseline that was recorded for a deployment of a release, from attempts newest first. */
export function findBaseline(attempts: readonly AttemptRecord[], release: ReleaseId): Baseline | undefined {
  for (const { task, payload } of attempts) {
    if (task !== 'deploy' || payload.release !== release || payload.baseline === undefined) continue;
    const baseline = unpackBaseline(payload.baseline);
    if (baseline !== undefined) return baseline;
  }
  return undefined;
}

/** What the ledger knows that a swap to a release needs. */
export interface LedgerFindings {
  /** The newest attempt where it is one for this release that has not ended. */
  readonly unfinished: AttemptRecord | undefined;
  /** The release that served before the newest attempt for this release, where that has not succeeded. */
  readonly before: ReleaseId | undefined;
  /** Releases that were verified, newest first, each once. */
  readonly verified: readonly ReleaseId[];
  /** Whether the newest verified release is this one. */
  readonly isLatestVerified: boolean;
}

/** What attempts, newest first, say about a release. */
export function findInLedger(attempts: readonly AttemptRecord[], release: ReleaseId): LedgerFindings {
  const newest = attempts[0];
  const latestOfRelease = attempts.find(({ payload }) => payload.release === release);
  const verified = [...new Set(attempts.filter(isVerified).map(({ payload }) => payload.release))];
  return {
    unfinished: newest !== undefined && newest.payload.release === release && isOpen(newest) ? newest : undefined,
    before:
      latestOfRelease !== undefined && !isVerified(latestOfRelease)
        ? (latestOfRelease.payload.previousRelease ?? undefined)
        : undefined,
    verified,
    isLatestVerified: verified[0] === release,
  };
}
