/** A permission that a token of a workflow job can be granted. */
export type PermissionScope =
  | 'actions'
  | 'administration'
  | 'attestations'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'environments'
  | 'issues'
  | 'metadata'
  | 'pull-requests'
  | 'secrets'
  | 'statuses'
  | 'variables';

/** What a call needs: one of these grants is enough. Reading is part of writing. */
export type Requirement = readonly `${PermissionScope}:${'read' | 'write'}`[];

/**
 * The operations of GitHub's REST API that the local GitHub serves, by the ids of its OpenAPI description, with the
 * permissions they need: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
export const SERVED_OPERATIONS = {
  'repos/get': ['metadata:read'],
  'rate-limit/get': ['metadata:read'],
  'repos/list-deployments': ['deployments:read'],
  'repos/create-deployment': ['deployments:write'],
  'repos/get-deployment': ['deployments:read'],
  'repos/list-deployment-statuses': ['deployments:read'],
  'repos/create-deployment-status': ['deployments:write'],
  'repos/get-deployment-status': ['deployments:read'],
  'issues/list-for-repo': ['issues:read'],
  'issues/create': ['issues:write'],
  'issues/get': ['issues:read', 'pull-requests:read'],
  'issues/update': ['issues:write', 'pull-requests:write'],
  'issues/add-labels': ['issues:write', 'pull-requests:write'],
  'issues/list-comments': ['issues:read', 'pull-requests:read'],
  'issues/create-comment': ['issues:write', 'pull-requests:write'],
  'issues/get-comment': ['issues:read', 'pull-requests:read'],
  'issues/update-comment': ['issues:write', 'pull-requests:write'],
  'issues/delete-comment': ['issues:write', 'pull-requests:write'],
  'pulls/list': ['pull-requests:read'],
  'pulls/create': ['pull-requests:write'],
  'pulls/get': ['pull-requests:read'],
  'pulls/update': ['pull-requests:write'],
  'pulls/merge': ['contents:write'],
  'pulls/list-files': ['pull-requests:read'],
  'pulls/list-commits': ['pull-requests:read'],
  'pulls/list-reviews': ['pull-requests:read'],
  'pulls/create-review': ['pull-requests:write'],
  'pulls/dismiss-review': ['pull-requests:write'],
  'repos/list-collaborators': ['metadata:read'],
  'repos/list-pull-requests-associated-with-commit': ['pull-requests:read'],
  'repos/list-commits': ['contents:read'],
  'repos/get-commit': ['contents:read'],
  'repos/compare-commits': ['contents:read'],
  'repos/get-branch': ['contents:read'],
  'repos/get-content': ['contents:read'],
  'repos/create-or-update-file-contents': ['contents:write'],
  'git/create-tree': ['contents:write'],
  'git/create-commit': ['contents:write'],
  'git/get-ref': ['contents:read'],
  'git/list-matching-refs': ['contents:read'],
  'git/create-ref': ['contents:write'],
  'git/update-ref': ['contents:write'],
  'git/delete-ref': ['contents:write'],
  'checks/create': ['checks:write'],
  'checks/get': ['checks:read'],
  'checks/update': ['checks:write'],
  'checks/list-for-ref': ['checks:read'],
  'repos/create-commit-status': ['statuses:write'],
  'repos/list-commit-statuses-for-ref': ['statuses:read'],
  'repos/get-combined-status-for-ref': ['statuses:read'],
  'actions/create-workflow-dispatch': ['actions:write'],
  'actions/list-workflow-runs': ['actions:read'],
  'actions/list-workflow-runs-for-repo': ['actions:read'],
  'actions/list-jobs-for-workflow-run': ['actions:read'],
  'actions/list-workflow-run-artifacts': ['actions:read'],
  'actions/download-artifact': ['actions:read'],
  'repos/list-attestations': ['attestations:read'],
  'repos/create-dispatch-event': ['contents:write'],
  'repos/get-environment': ['actions:read'],
  'repos/create-or-update-environment': ['administration:write'],
  'repos/list-deployment-branch-policies': ['actions:read'],
  'repos/create-deployment-branch-policy': ['administration:write'],
  'repos/get-branch-rules': ['metadata:read'],
  'repos/codeowners-errors': ['contents:read'],
  'repos/create-repo-ruleset': ['administration:write'],
  'actions/list-environment-secrets': ['environments:read'],
  'actions/list-repo-secrets': ['secrets:read'],
  'actions/delete-repo-secret': ['secrets:write'],
  'actions/list-repo-variables': ['variables:read'],
  'actions/list-repo-workflows': ['actions:read'],
  'actions/enable-workflow': ['actions:write'],
  'actions/get-custom-oidc-sub-claim-for-repo': ['actions:read'],
  'actions/get-github-actions-permissions-repository': ['administration:read'],
  'actions/set-github-actions-permissions-repository': ['administration:write'],
  'actions/get-github-actions-default-workflow-permissions-repository': ['administration:read'],
  'actions/set-github-actions-default-workflow-permissions-repository': ['administration:write'],
} as const satisfies Readonly<Record<string, Requirement>>;

export type OperationId = keyof typeof SERVED_OPERATIONS;
