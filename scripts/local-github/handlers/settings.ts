import { ApiError, notFound } from '../core/api-error.ts';
import { takeId, text, timestamp, type Call, type Context, type Handler } from '../core/context.ts';
import type { BranchRule, EnvironmentSettings } from '../core/settings.ts';
import { renderEnvironment } from '../render/environment.ts';
import { nodeId, repositoryHtmlUrl, repositoryUrl } from '../render/repository.ts';

const CREATED = '2026-01-01T00:00:00Z';

export const getEnvironment: Handler = (context, call) => ({
  status: 200,
  body: renderEnvironment(context, findEnvironment(context, call)),
});

export const putEnvironment: Handler = (context, { path, body }) => {
  const name = text(path['environment_name']);
  const { environments } = context.state.settings;
  const environment = environments.get(name) ?? {
    ...{ id: takeId(context.state), name, reviewers: [], preventsSelfReview: false },
    ...{ branches: 'any' as const, secrets: new Set<string>(), createdAt: timestamp(context) },
  };
  environments.set(name, environment);
  // As on GitHub: a member that is left out or null is reset.
  environment.preventsSelfReview = body['prevent_self_review'] === true;
  environment.reviewers = asRecords(body['reviewers']).map(({ id }) => ({
    login: `reviewer-${String(id)}`,
    id: Number(id),
  }));
  const policy = asRecord(body['deployment_branch_policy']);
  const isProtected = policy?.['protected_branches'] === true;
  if (policy !== undefined && isProtected === (policy['custom_branch_policies'] === true)) {
    throw new ApiError(422, 'protected_branches and custom_branch_policies cannot have the same value');
  }
  if (policy === undefined) environment.branches = 'any';
  else if (isProtected) environment.branches = 'protected';
  else if (typeof environment.branches === 'string') environment.branches = [];
  return { status: 200, body: renderEnvironment(context, environment) };
};

export const listDeploymentBranchPolicies: Handler = (context, call) => {
  const { branches } = findEnvironment(context, call);
  const names = typeof branches === 'string' ? [] : branches;
  return {
    status: 200,
    body: { total_count: names.length, branch_policies: names.map((name, index) => policyOf(name, index)) },
  };
};

export const createDeploymentBranchPolicy: Handler = (context, call) => {
  const environment = findEnvironment(context, call);
  if (typeof environment.branches === 'string') throw notFound();
  const name = text(call.body['name']);
  environment.branches = [...environment.branches, name];
  return { status: 200, body: policyOf(name, environment.branches.length - 1) };
};

function policyOf(name: string, index: number) {
  return { id: index + 1, node_id: nodeId('DBP', index + 1), name, type: 'branch' };
}

export const listSecrets: Handler = (context) => listNames('secrets', context.state.settings.secrets);

export const listEnvironmentSecrets: Handler = (context, call) =>
  listNames('secrets', findEnvironment(context, call).secrets);

export const deleteSecret: Handler = (context, { path }) => {
  if (!context.state.settings.secrets.delete(text(path['secret_name']))) throw notFound();
  return { status: 204 };
};

export const listVariables: Handler = (context) => {
  const variables = [...context.state.settings.variables].map(([name, value]) => ({ ...named(name), value }));
  return { status: 200, body: { total_count: variables.length, variables } };
};

function listNames(key: string, names: ReadonlySet<string>) {
  return { status: 200, body: { total_count: names.size, [key]: [...names].map(named) } };
}

function named(name: string) {
  return { name, created_at: CREATED, updated_at: CREATED };
}

export const getActionsPermissions: Handler = (context) => {
  const { enabled, allowed } = context.state.settings.actions;
  return { status: 200, body: enabled ? { enabled, allowed_actions: allowed } : { enabled } };
};

export const setActionsPermissions: Handler = (context, { body }) => {
  const { actions } = context.state.settings;
  actions.enabled = body['enabled'] === true;
  const allowed = body['allowed_actions'];
  if (allowed === 'all' || allowed === 'local_only' || allowed === 'selected') actions.allowed = allowed;
  return { status: 204 };
};

export const getDefaultPermissions: Handler = (context) => {
  const { defaultPermissions, canApprovePullRequests } = context.state.settings.actions;
  return {
    status: 200,
    body: {
      default_workflow_permissions: defaultPermissions,
      can_approve_pull_request_reviews: canApprovePullRequests,
    },
  };
};

export const setDefaultPermissions: Handler = (context, { body }) => {
  const { actions } = context.state.settings;
  const permissions = body['default_workflow_permissions'];
  if (permissions === 'read' || permissions === 'write') actions.defaultPermissions = permissions;
  const canApprove = body['can_approve_pull_request_reviews'];
  if (typeof canApprove === 'boolean') actions.canApprovePullRequests = canApprove;
  return { status: 204 };
};

export const listWorkflows: Handler = async (context) => {
  const { git, state } = context;
  const head = await git.resolve(state.defaultBranch);
  const entries = head === undefined ? [] : await git.entries(head, '.github/workflows/');
  const workflows = entries
    .filter((entry) => entry.type === 'blob' && /\.ya?ml$/.test(entry.path))
    .map((entry, index) => renderWorkflow(context, entry.path, index + 1));
  return { status: 200, body: { total_count: workflows.length, workflows } };
};

export const enableWorkflow: Handler = (context, { path }) => {
  context.state.settings.inactiveWorkflows.delete(`.github/workflows/${text(path['workflow_id'])}`);
  return { status: 204 };
};

function renderWorkflow(context: Context, file: string, id: number) {
  const name = file.split('/').at(-1) ?? file;
  return {
    ...{ id, node_id: nodeId('W', id), name, path: file, created_at: CREATED, updated_at: CREATED },
    state: context.state.settings.inactiveWorkflows.get(file) ?? 'active',
    url: `${repositoryUrl(context)}/actions/workflows/${id}`,
    html_url: `${repositoryHtmlUrl(context)}/blob/${context.state.defaultBranch}/${file}`,
    badge_url: `${repositoryHtmlUrl(context)}/workflows/${name}/badge.svg`,
  };
}

export const getOidcSubject: Handler = (context) => {
  const claims = context.state.settings.oidcSubjectClaims;
  return {
    status: 200,
    body: claims === undefined ? { use_default: true } : { use_default: false, include_claim_keys: claims },
  };
};

export const getBranchRules: Handler = (context, { path }) => {
  const { branchRules } = context.state.settings;
  const rules = path['branch'] === context.state.defaultBranch ? branchRules : [];
  const source = `${context.state.owner}/${context.state.repo}`;
  return {
    status: 200,
    body: rules.map((rule) => ({
      ...rule,
      ruleset_source_type: 'Repository',
      ruleset_source: source,
      ruleset_id: 1,
    })),
  };
};

export const createRuleset: Handler = (context, { body }) => {
  const { settings, owner, repo } = context.state;
  const includes = asRecord(asRecord(body['conditions'])?.['ref_name'])?.['include'];
  if (!Array.isArray(includes) || !includes.includes('~DEFAULT_BRANCH')) {
    throw new ApiError(501, 'The local GitHub has rulesets for the default branch only');
  }
  const added = asRecords(body['rules']).map(({ type, parameters }): BranchRule => ({
    type: text(type),
    ...(parameters === undefined ? {} : { parameters: asRecord(parameters) ?? {} }),
  }));
  if (body['enforcement'] === 'active') settings.branchRules = [...settings.branchRules, ...added];
  return {
    status: 201,
    body: {
      ...{ id: 1, name: body['name'], target: 'branch', source_type: 'Repository', source: `${owner}/${repo}` },
      ...{ enforcement: body['enforcement'], conditions: body['conditions'], rules: added },
    },
  };
};

// Where GitHub looks for the file, first one first.
const CODEOWNERS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

export const getCodeownersErrors: Handler = async ({ git, state }) => {
  const head = await git.resolve(state.defaultBranch);
  for (const file of head === undefined ? [] : CODEOWNERS) {
    if (head !== undefined && (await git.entries(head, file)).length > 0) return { status: 200, body: { errors: [] } };
  }
  throw notFound();
};

function findEnvironment({ state }: Context, { path }: Call): EnvironmentSettings {
  const found = state.settings.environments.get(text(path['environment_name']));
  if (found === undefined) throw notFound();
  return found;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
}

function asRecords(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map((one) => asRecord(one) ?? {}) : [];
}
