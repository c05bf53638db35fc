import { ApiError, notFound } from '../core/api-error.ts';
import { text, textOr, type Handler } from '../core/context.ts';
import { ownerOf, renderCollaborator, renderRepository, renderUser } from '../render/repository.ts';

export const getRepository: Handler = (context) => ({ status: 200, body: renderRepository(context) });

export const getRateLimit: Handler = (context) => {
  const rate = { limit: 1000, remaining: 1000, used: 0, reset: Math.ceil(context.now() / 1000) + 3600 };
  return { status: 200, body: { rate, resources: { core: rate, search: rate } } };
};

export const listCollaborators: Handler = (context, { query }) => {
  for (const name of ['affiliation', 'permission']) {
    if (query[name] !== undefined) throw new ApiError(501, `The local GitHub does not filter collaborators by ${name}`);
  }
  const owner = { user: ownerOf(context), permission: 'admin' } as const;
  return {
    status: 200,
    body: [owner, ...context.state.collaborators].map((each) => renderCollaborator(context, each)),
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
