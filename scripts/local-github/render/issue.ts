import type { Context } from '../core/context.ts';
import type { Comment, Issue } from '../core/state.ts';
import { nodeId, renderUser, repositoryHtmlUrl, repositoryUrl } from './repository.ts';

/** The labels of an issue, in full. */
export function renderLabels(context: Context, labels: readonly string[]) {
  return labels.map((name, index) => ({
    id: index + 1,
    node_id: nodeId('LA', index + 1),
    url: `${repositoryUrl(context)}/labels/${encodeURIComponent(name)}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  }));
}

/** An `issue`; a pull request is one too. */
export function renderIssue(context: Context, issue: Issue) {
  const url = `${repositoryUrl(context)}/issues/${issue.number}`;
  const htmlUrl = `${repositoryHtmlUrl(context)}/${issue.pull === undefined ? 'issues' : 'pull'}/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId('I', issue.id),
    url,
    repository_url: repositoryUrl(context),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: htmlUrl,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: renderUser(context, issue.user),
    labels: renderLabels(context, issue.labels),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: context.state.comments.filter(({ number }) => number === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: 'CONTRIBUTOR',
    ...(issue.pull === undefined
      ? {}
      : {
          pull_request: {
            url: `${repositoryUrl(context)}/pulls/${issue.number}`,
            html_url: htmlUrl,
            diff_url: `${htmlUrl}.diff`,
            patch_url: `${htmlUrl}.patch`,
            merged_at: issue.pull.mergedAt,
          },
        }),
  };
}

/** An `issue-comment`. */
export function renderComment(context: Context, comment: Comment) {
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${repositoryUrl(context)}/issues/comments/${comment.id}`,
    html_url: `${repositoryHtmlUrl(context)}/issues/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(context)}/issues/${comment.number}`,
    body: comment.body,
    user: renderUser(context, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'CONTRIBUTOR',
  };
}
