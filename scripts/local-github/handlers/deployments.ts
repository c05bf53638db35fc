import { ApiError, invalid, notFound } from '../core/api-error.ts';
import { integer, takeId, text, textOr, timestamp, type Context, type Handler } from '../core/context.ts';
import { renderDeployment, renderDeploymentStatus } from '../render/deployment.ts';
import { renderRepository, renderUser } from '../render/repository.ts';
import type { Deployment, DeploymentStatus } from '../core/state.ts';

export const listDeployments: Handler = (context, { query }) => {
  const matches = (name: 'sha' | 'ref' | 'task' | 'environment', value: string): boolean =>
    query[name] === undefined || query[name] === 'none' || query[name] === value;
  const found = context.state.deployments.filter(
    (deployment) =>
      matches('sha', deployment.sha) &&
      matches('ref', deployment.ref) &&
      matches('task', deployment.task) &&
      matches('environment', deployment.environment),
  );
  return { status: 200, body: found.toReversed().map((deployment) => renderDeployment(context, deployment)) };
};

export const createDeployment: Handler = async (context, { actor, body }) => {
  const ref = text(body['ref']);
  const sha = await context.git.resolve(ref);
  if (sha === undefined) throw invalid('Deployment', 'ref', `No ref found for: ${ref}`);
  const environment = textOr(body['environment'], 'production');
  const now = timestamp(context);
  const deployment: Deployment = {
    id: takeId(context.state),
    ref,
    sha,
    task: textOr(body['task'], 'deploy'),
    environment,
    description: textOr(body['description'], null),
    payload: body['payload'] ?? {},
    creator: actor,
    transient: body['transient_environment'] === true,
    production:
      body['production_environment'] === undefined
        ? environment === 'production'
        : body['production_environment'] === true,
    createdAt: now,
    updatedAt: now,
    statuses: [],
  };
  context.state.deployments.push(deployment);
  const rendered = renderDeployment(context, deployment);
  context.emit({
    name: 'deployment',
    action: 'created',
    actor,
    ref: `refs/heads/${ref}`,
    sha,
    payload: { deployment: rendered, repository: renderRepository(context), sender: renderUser(context, actor) },
  });
  return { status: 201, body: rendered };
};

export const getDeployment: Handler = (context, { path }) => ({
  status: 200,
  body: renderDeployment(context, findDeployment(context, path['deployment_id'])),
});

export const listDeploymentStatuses: Handler = (context, { path }) => {
  const deployment = findDeployment(context, path['deployment_id']);
  return {
    status: 200,
    body: deployment.statuses.toReversed().map((status) => renderDeploymentStatus(context, deployment, status)),
  };
};

export const createDeploymentStatus: Handler = (context, { actor, path, body }) => {
  const deployment = findDeployment(context, path['deployment_id']);
  const state = text(body['state']);
  const description = textOr(body['description'], '');
  // https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status
  if (description.length > 140)
    throw invalid('DeploymentStatus', 'description', 'description is too long (maximum is 140 characters)');
  if (body['environment'] !== undefined && body['environment'] !== deployment.environment) {
    throw new ApiError(501, 'The local GitHub does not move a deployment to another environment');
  }
  const status = addStatus(context, deployment, {
    state,
    description,
    logUrl: textOr(body['log_url'], textOr(body['target_url'], '')),
    environmentUrl: textOr(body['environment_url'], ''),
    creator: actor,
  });
  // auto_inactive: "all prior non-transient, non-production environment deployments" that had a success
  // (https://docs.github.com/en/rest/deployments/statuses).
  if (state === 'success' && body['auto_inactive'] !== false) {
    for (const other of context.state.deployments) {
      if (other === deployment || other.environment !== deployment.environment || other.transient || other.production)
        continue;
      if (other.id < deployment.id && other.statuses.at(-1)?.state === 'success') {
        addStatus(context, other, {
          state: 'inactive',
          description: '',
          logUrl: '',
          environmentUrl: '',
          creator: actor,
        });
      }
    }
  }
  const rendered = renderDeploymentStatus(context, deployment, status);
  context.emit({
    name: 'deployment_status',
    action: 'created',
    actor,
    ref: `refs/heads/${deployment.ref}`,
    sha: deployment.sha,
    payload: {
      deployment: renderDeployment(context, deployment),
      deployment_status: rendered,
      repository: renderRepository(context),
      sender: renderUser(context, actor),
    },
  });
  return { status: 201, body: rendered };
};

export const getDeploymentStatus: Handler = (context, { path }) => {
  const deployment = findDeployment(context, path['deployment_id']);
  const status = deployment.statuses.find(({ id }) => id === path['status_id']);
  if (status === undefined) throw notFound();
  return { status: 200, body: renderDeploymentStatus(context, deployment, status) };
};

function addStatus(
  context: Context,
  deployment: Deployment,
  status: Omit<DeploymentStatus, 'id' | 'createdAt'>,
): DeploymentStatus {
  const added = { id: takeId(context.state), createdAt: timestamp(context), ...status };
  deployment.statuses.push(added);
  deployment.updatedAt = added.createdAt;
  return added;
}

function findDeployment(context: Context, id: unknown): Deployment {
  const wanted = integer(id);
  const found = context.state.deployments.find((deployment) => deployment.id === wanted);
  if (found === undefined) throw notFound();
  return found;
}
