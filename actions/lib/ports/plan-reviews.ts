/** A merged pull request that brought a commit. */
export interface MergedPullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headBranch: string;
  /** Whether the head is in another repository. */
  readonly isFork: boolean;
  readonly baseBranch: string;
  readonly mergeCommitSha: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly mergedAt: number;
}

/** A run of the workflow that plans. */
export interface PlanningRun {
  readonly id: number;
  readonly attempt: number;
  /** Path of the workflow file. */
  readonly workflow: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly isFork: boolean;
  /** Undefined while it runs. */
  readonly conclusion: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** When its newest attempt started, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

/** Files that a run has uploaded under a name. */
interface RunArtifact {
  readonly id: number;
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

/** What GitHub knows of the way a commit took to its branch, and of who may approve. */
export interface PlanReviews {
  mergedPullRequests(sha: string): Promise<readonly MergedPullRequest[]>;
  /** The base branches of all pull requests of a branch of this repository, open or not. */
  baseBranchesOf(headBranch: string): Promise<readonly string[]>;
  /** The runs of a workflow (its file name) for a head commit, in any order. */
  runsOf(workflow: string, headSha: string): Promise<readonly PlanningRun[]>;
  /** A run's artifacts that have not expired, oldest first. */
  artifactsOf(runId: number): Promise<readonly RunArtifact[]>;
  /** A file of an artifact, or undefined where it has no such file. */
  readArtifact(artifact: RunArtifact, file: string): Promise<string | undefined>;
  /** How many people or teams may approve jobs of an environment; 0 where there is no such environment. */
  reviewersOf(environment: string): Promise<number>;
}
