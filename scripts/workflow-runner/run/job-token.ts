import type { LocalGithub, Permissions } from '@sagemaker-gitops/local-github';
import type { RunFacts } from './job-environment.ts';
import type { WorkflowPermissions } from '../syntax/workflow-model.ts';

/** The permissions of a job's token: those of the job or else of the workflow, read-only for a fork. */
export function tokenPermissions(stated: WorkflowPermissions | undefined, fork: boolean): Permissions {
  const reduce = (access: 'read' | 'write' | 'none' | undefined): 'read' | 'write' | 'none' =>
    fork && access === 'write' ? 'read' : (access ?? 'none');
  return {
    metadata: 'read',
    actions: reduce(stated?.actions),
    attestations: reduce(stated?.attestations),
    contents: reduce(stated?.contents),
    deployments: reduce(stated?.deployments),
    issues: reduce(stated?.issues),
    'pull-requests': reduce(stated?.['pull-requests']),
    checks: reduce(stated?.checks),
    statuses: reduce(stated?.statuses),
  };
}

/** Environment variables for requesting OIDC tokens, if the job has id-token: write: https://docs.github.com/en/actions/reference/security/oidc */
export function oidcEnvironment(
  github: LocalGithub,
  facts: RunFacts,
  job: {
    readonly permissions: WorkflowPermissions | undefined;
    readonly environment: string | undefined;
    readonly fork: boolean;
    /** The workflow that contains the job, which can be a called one. */
    readonly calledPath: string;
  },
): Readonly<Record<string, string>> {
  if (job.permissions?.['id-token'] !== 'write' || job.fork) return {};
  const repository = `${github.state.owner}/${github.state.repo}`;
  const subject =
    job.environment !== undefined
      ? `environment:${job.environment}`
      : facts.eventName === 'pull_request'
        ? 'pull_request'
        : `ref:${facts.ref}`;
  return github.oidc.allow({
    sub: `repo:${repository}:${subject}`,
    repository,
    repository_owner: github.state.owner,
    repository_id: '1',
    repository_owner_id: '1',
    ref: facts.ref,
    ref_type: 'branch',
    sha: facts.sha,
    actor: facts.actor,
    workflow: facts.workflowName,
    workflow_ref: `${repository}/${facts.workflowPath}@${facts.ref}`,
    job_workflow_ref: `${repository}/${job.calledPath}@${facts.ref}`,
    event_name: facts.eventName,
    run_id: String(facts.runId),
    runner_environment: 'github-hosted',
    ...(job.environment === undefined ? {} : { environment: job.environment }),
  });
}
