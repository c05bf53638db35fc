/** A pull request, as far as finding the one that brought a commit needs it. */
interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly mergeCommitSha: string | undefined;
  readonly mergedAt: number | undefined;
}

interface Run {
  readonly id: number;
  readonly event: string;
  readonly headSha: string;
  readonly conclusion: string | undefined;
  readonly createdAt: number;
}

/**
 * The pull request that brought a commit: the merged one whose merge it is, else (a rebase merge makes several commits) the
 * one that was merged last among those that hold it.
 */
export function pullRequestOf<Found extends PullRequest>(sha: string, candidates: readonly Found[]): Found | undefined {
  const merged = candidates.filter(({ mergedAt }) => mergedAt !== undefined);
  return (
    merged.find(({ mergeCommitSha }) => mergeCommitSha === sha) ??
    merged.toSorted((a, b) => (b.mergedAt ?? 0) - (a.mergedAt ?? 0))[0]
  );
}

/** The run whose plan was reviewed: the newest that ended well for the very commit. */
export function reviewedRun<Found extends Run>(headSha: string, runs: readonly Found[]): Found | undefined {
  return runs
    .filter((run) => run.headSha === headSha && run.conclusion === 'success')
    .filter(({ event }) => event === 'pull_request' || event === 'merge_group')
    .toSorted((a, b) => b.createdAt - a.createdAt || b.id - a.id)[0];
}
