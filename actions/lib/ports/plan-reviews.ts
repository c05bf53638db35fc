/** A pull request that brought a commit. */
interface MergedPullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly mergeCommitSha: string | undefined;
  /** Milliseconds since the Unix epoch, or undefined where it was not merged. */
  readonly mergedAt: number | undefined;
}

/** A run of the workflow that plans. */
interface PlanningRun {
  readonly id: number;
  readonly event: string;
  readonly headSha: string;
  readonly conclusion: string | undefined;
  readonly createdAt: number;
}

/** What GitHub knows of the way a commit took to its branch. */
export interface PlanReviews {
  pullRequestsOf(sha: string): Promise<readonly MergedPullRequest[]>;
  /** What a folder holds at a commit or the head of a branch: SHAs of contents by name; empty where there is none. */
  folder(path: string, ref: string): Promise<ReadonlyMap<string, string>>;
  /** The runs of a workflow for a head commit, in any order. */
  runsOf(workflow: string, headSha: string): Promise<readonly PlanningRun[]>;
}
