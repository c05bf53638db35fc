/** A run of the workflow that plans, as GitHub has it. Times are in milliseconds since the Unix epoch. */
export interface PlanRun {
  readonly id: number;
  /** The newest attempt. */
  readonly attempt: number;
  readonly createdAt: number;
  /** When the newest attempt started. */
  readonly startedAt: number;
  readonly conclusion: string | undefined;
  /** Numbers of the pull requests that it is for; empty where GitHub does not say. */
  readonly pullRequests: readonly number[];
}

// A run that ended like this has not spoken.
const SILENT: ReadonlySet<string | undefined> = new Set(['cancelled', 'skipped', 'startup_failure', 'stale']);

/** Whether a later run or attempt plans, or has planned, the same head of a pull request. */
export function isSuperseded(
  own: { readonly id: number; readonly attempt: number },
  pullRequest: number,
  runs: readonly PlanRun[],
): boolean {
  const known = runs.find(({ id }) => id === own.id);
  if (known !== undefined && known.attempt > own.attempt) return true;
  return runs
    .filter((run) => run.id !== own.id && isOf(run, pullRequest) && !SILENT.has(run.conclusion))
    .some((run) => isLater(run, known ?? { id: own.id, startedAt: run.startedAt }));
}

/** Whether the head of a pull request was planned, or is, by a run that started after a moment. */
export function isPlannedSince(moment: number, pullRequest: number, runs: readonly PlanRun[]): boolean {
  // GitHub's times are whole seconds: a run of the same second may have seen the older base.
  return runs.some((run) => isOf(run, pullRequest) && !SILENT.has(run.conclusion) && run.createdAt > moment);
}

// Two pull requests can have the same head.
function isOf({ pullRequests }: PlanRun, pullRequest: number): boolean {
  return pullRequests.length === 0 || pullRequests.includes(pullRequest);
}

type Moment = Pick<PlanRun, 'id' | 'startedAt'>;

function isLater(one: Moment, other: Moment): boolean {
  return one.startedAt === other.startedAt ? one.id > other.id : one.startedAt > other.startedAt;
}
