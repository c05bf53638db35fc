import { ApiError, notFound } from '../core/api-error.ts';
import { text, textOr, type Handler } from '../core/context.ts';
import { nodeId, renderRepository, renderUser, repositoryHtmlUrl, repositoryUrl } from '../render/repository.ts';

export const getRepository: Handler = (context) => ({ status: 200, body: renderRepository(context) });

export const getRateLimit: Handler = (context) => {
  const rate = { limit: 1000, remaining: 1000, used: 0, reset: Math.ceil(context.now() / 1000) + 3600 };
  return { status: 200, body: { rate, resources: { core: rate, search: rate } } };
};

export const getEnvironment: Handler = (context, { path }) => {
  const name = String(path['environment_name']);
  const found = context.state.environments.get(name);
  if (found === undefined) throw notFound();
  const { id, createdAt, reviewers } = found;
  const rule = {
    ...{ id, node_id: nodeId('GA', id), type: 'required_reviewers', prevent_self_review: false },
    reviewers: reviewers.map((reviewer) => ({ type: 'User', reviewer: renderUser(context, reviewer) })),
  };
  return {
    status: 200,
    body: {
      ...{ id, node_id: nodeId('EN', id), name, created_at: createdAt, updated_at: createdAt },
      url: `${repositoryUrl(context)}/environments/${encodeURIComponent(name)}`,
      html_url: `${repositoryHtmlUrl(context)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
      protection_rules: reviewers.length === 0 ? [] : [rule],
      deployment_branch_policy: null,
    },
  };
};

export const dispatchWorkflow: Handler = async (context, { actor, path, body }) => {
  const file = `.github/workflows/${String(path['workflow_id'])}`;
  const ref = text(body['ref']);
  if (body['return_run_details'] === true) {
    throw new ApiError(501, 'The local GitHub does not tell which run a dispatch starts');
  }
  const sha = await context.git.resolve(ref);
  if (sha === undefined) throw new ApiError(422, `No ref found for: ${ref}`);
  const [found] = await context.git.entries(sha, file);
  if (found === undefined) throw notFound();
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  context.emit({
    name: 'workflow_dispatch',
    actor,
    ref: full,
    sha,
    payload: {
      inputs: body['inputs'] ?? {},
      ref: full,
      workflow: file,
      repository: renderRepository(context),
      sender: renderUser(context, actor),
    },
  });
  return { status: 204 };
};

export const dispatchRepository: Handler = async (context, { actor, body }) => {
  const branch = context.state.defaultBranch;
  const sha = await context.git.resolve(branch);
  if (sha === undefined) throw notFound();
  context.emit({
    name: 'repository_dispatch',
    action: textOr(body['event_type'], ''),
    actor,
    ref: `refs/heads/${branch}`,
    sha,
    payload: {
      action: body['event_type'],
      branch,
      client_payload: body['client_payload'] ?? {},
      repository: renderRepository(context),
      sender: renderUser(context, actor),
    },
  });
  return { status: 204 };
};
