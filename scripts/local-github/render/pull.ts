import type { Context } from '../core/context.ts';
import type { Issue, Pull, Review } from '../core/state.ts';
import { renderLabels } from './issue.ts';
import { nodeId, ownerOf, renderRepository, renderUser, repositoryHtmlUrl, repositoryUrl } from './repository.ts';

/** A `pull-request-simple`, as lists have it. */
export function renderPullSimple(context: Context, issue: Issue, pull: Pull) {
  const url = `${repositoryUrl(context)}/pulls/${issue.number}`;
  const issueUrl = `${repositoryUrl(context)}/issues/${issue.number}`;
  const htmlUrl = `${repositoryHtmlUrl(context)}/pull/${issue.number}`;
  const links = {
    self: url,
    html: htmlUrl,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repositoryUrl(context)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${repositoryUrl(context)}/statuses/${pull.headSha}`,
  };
  const owner = pull.headRepository.split('/')[0] ?? '';
  const repository = renderRepository(context);
  return {
    url,
    id: issue.id,
    node_id: nodeId('PR', issue.id),
    html_url: htmlUrl,
    diff_url: `${htmlUrl}.diff`,
    patch_url: `${htmlUrl}.patch`,
    issue_url: issueUrl,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: renderUser(context, issue.user),
    body: issue.body,
    labels: renderLabels(context, issue.labels),
    milestone: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: {
      label: `${owner}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: renderUser(
        context,
        owner === context.state.owner ? ownerOf(context) : { ...ownerOf(context), login: owner, id: 2 },
      ),
      repo: { ...repository, full_name: pull.headRepository, fork: isFork(context, pull) },
    },
    base: {
      label: `${context.state.owner}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: renderUser(context, ownerOf(context)),
      repo: repository,
    },
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: 'CONTRIBUTOR',
    auto_merge: null,
    draft: pull.draft,
  };
}

/** What only the full `pull-request` says. */
export interface PullCounts {
  readonly mergeable: boolean | null;
  /** Whether a rule of the branch is not met. */
  readonly blocked: boolean;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** A `pull-request`. */
export function renderPull(context: Context, issue: Issue, pull: Pull, counts: PullCounts) {
  return {
    ...renderPullSimple(context, issue, pull),
    merged: pull.mergedAt !== null,
    mergeable: counts.mergeable,
    mergeable_state: mergeableState(counts),
    rebaseable: counts.mergeable,
    merged_by: pull.mergedBy === null ? null : renderUser(context, pull.mergedBy),
    comments: context.state.comments.filter(({ number }) => number === issue.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: counts.commits,
    additions: counts.additions,
    deletions: counts.deletions,
    changed_files: counts.changedFiles,
  };
}

/** A `pull-request-review`. */
export function renderReview(context: Context, review: Review) {
  const pullUrl = `${repositoryUrl(context)}/pulls/${review.number}`;
  const htmlUrl = `${repositoryHtmlUrl(context)}/pull/${review.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: renderUser(context, review.user),
    body: review.body,
    state: review.state,
    html_url: htmlUrl,
    pull_request_url: pullUrl,
    _links: { html: { href: htmlUrl }, pull_request: { href: pullUrl } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
    author_association: 'COLLABORATOR',
  };
}

/** Whether a pull request comes from another repository. */
export function isFork(context: Context, pull: Pull): boolean {
  return pull.headRepository !== `${context.state.owner}/${context.state.repo}`;
}

function mergeableState({ mergeable, blocked }: PullCounts): string {
  if (mergeable === null) return 'unknown';
  if (!mergeable) return 'dirty';
  return blocked ? 'blocked' : 'clean';
}
