/** What plans were made for, and by which run. */
export interface PlanOrigin {
  readonly headSha: string;
  readonly baseSha: string | null;
  readonly runId: number;
  readonly runAttempt: number;
}

/** Where the links of a comment lead. */
export interface PlanLinks {
  /** Such as `https://github.com/OWNER/REPOSITORY`. */
  readonly repositoryUrl: string;
}

/** Where a person sees the run that made plans. */
export function runUrl({ runId, runAttempt }: PlanOrigin, { repositoryUrl }: PlanLinks): string {
  return `${repositoryUrl}/actions/runs/${String(runId)}/attempts/${String(runAttempt)}`;
}
