import type { Context } from '../core/context.ts';
import type { CheckRun, CommitStatus } from '../core/state.ts';
import { nodeId, renderUser, repositoryHtmlUrl, repositoryUrl } from './repository.ts';

/** A `check-run`. */
export function renderCheckRun(context: Context, check: CheckRun) {
  const url = `${repositoryUrl(context)}/check-runs/${check.id}`;
  return {
    id: check.id,
    head_sha: check.headSha,
    node_id: nodeId('CR', check.id),
    external_id: check.externalId,
    url,
    html_url: `${repositoryHtmlUrl(context)}/runs/${check.id}`,
    details_url: check.detailsUrl,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.title,
      summary: check.summary,
      text: null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    name: check.name,
    check_suite: null,
    app: null,
    pull_requests: [],
  };
}

/** A `status`; a `simple-commit-status` is a part of it. */
export function renderStatus(context: Context, status: CommitStatus) {
  const creator = renderUser(context, status.creator);
  return {
    url: `${repositoryUrl(context)}/statuses/${status.sha}`,
    avatar_url: creator.avatar_url,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator,
  };
}
