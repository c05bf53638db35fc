import type { Context } from '../core/context.ts';
import type { Deployment, DeploymentStatus } from '../core/state.ts';
import { nodeId, renderUser, repositoryUrl } from './repository.ts';

/** A `deployment`. */
export function renderDeployment(context: Context, deployment: Deployment) {
  const url = `${repositoryUrl(context)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: renderUser(context, deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(context),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  };
}

/** A `deployment-status`. */
export function renderDeploymentStatus(context: Context, deployment: Deployment, status: DeploymentStatus) {
  const url = `${repositoryUrl(context)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: renderUser(context, status.creator),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: repositoryUrl(context),
    performed_via_github_app: null,
  };
}
