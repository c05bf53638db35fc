import type { Issue, Pull, State } from './state.ts';

/** The branch rules that a pull request does not meet yet, in GitHub's words. */
export function unmetRules(state: State, { number, pull }: Issue & { readonly pull: Pull }): readonly string[] {
  const { rules } = state;
  if (rules === undefined || pull.baseRef !== state.defaultBranch) return [];
  const latest = new Map<string, 'APPROVED' | 'CHANGES_REQUESTED'>();
  for (const review of state.reviews) {
    if (review.number !== number || review.state === 'COMMENTED') continue;
    if (review.state === 'DISMISSED') {
      latest.delete(review.user.login);
      continue;
    }
    const stale = rules.dismissStaleApprovals && review.commit !== pull.headSha;
    if (stale && review.state === 'APPROVED') latest.delete(review.user.login);
    else latest.set(review.user.login, review.state);
  }
  const reviews = [...latest.values()];
  const approvals = reviews.filter((one) => one === 'APPROVED').length;
  const needed = rules.requiredApprovals;
  return [
    ...(approvals < needed
      ? [
          `At least ${needed} approving review${needed === 1 ? ' is' : 's are'} required by reviewers with write access.`,
        ]
      : []),
    ...(reviews.includes('CHANGES_REQUESTED') ? ['Changes have been requested by a reviewer with write access.'] : []),
    ...rules.requiredChecks.flatMap((name) => {
      const problem = checkProblem(state, name, pull.headSha);
      return problem === undefined ? [] : [`Required status check "${name}" is ${problem}.`];
    }),
  ];
}

// What counts as passed: https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
const PASSED: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

function checkProblem(state: State, name: string, sha: string): string | undefined {
  const check = state.checkRuns.findLast((run) => run.name === name && run.headSha === sha);
  if (check !== undefined) {
    if (check.status !== 'completed') return check.status === 'queued' ? 'queued' : 'in progress';
    return PASSED.has(check.conclusion) ? undefined : 'failing';
  }
  const status = state.commitStatuses.findLast((one) => one.context === name && one.sha === sha);
  if (status === undefined) return 'expected';
  if (status.state === 'success') return undefined;
  return status.state === 'pending' ? 'pending' : 'failing';
}
