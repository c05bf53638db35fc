import { z } from 'zod';
import { environmentsToRead } from '../../domain/doctor/environment-findings.ts';
import {
  AUTOMATION,
  type BranchRules,
  type EnvironmentRules,
  type GithubSettings,
  type Seen,
  type SettingsDemand,
} from '../../domain/doctor/settings.ts';
import { orMissing, statusOf, type GithubClient } from './client.ts';

const repositoryParts = z.looseObject({ default_branch: z.string(), private: z.boolean() });
const named = z.looseObject({ name: z.string() });
const environmentParts = z.looseObject({
  can_admins_bypass: z.boolean().optional(),
  deployment_branch_policy: z.looseObject({ protected_branches: z.boolean() }).nullish(),
  protection_rules: z
    .array(
      z.looseObject({
        type: z.string(),
        prevent_self_review: z.boolean().optional(),
        reviewers: z
          .array(
            z.looseObject({ reviewer: z.looseObject({ login: z.string().optional(), name: z.string().nullish() }) }),
          )
          .optional(),
      }),
    )
    .default([]),
});
const ruleParts = z.looseObject({
  type: z.string(),
  parameters: z
    .looseObject({
      required_approving_review_count: z.number().default(0),
      require_code_owner_review: z.boolean().default(false),
      require_last_push_approval: z.boolean().default(false),
      dismiss_stale_reviews_on_push: z.boolean().default(false),
      required_status_checks: z.array(z.looseObject({ context: z.string() })).default([]),
    })
    .optional(),
});
const codeownersParts = z.looseObject({
  errors: z.array(z.looseObject({ line: z.number(), path: z.string(), kind: z.string() })),
});

/**
 * Reads the settings, each as far as the token can see it.
 *
 * @throws UserError when the repository itself can't be read.
 */
export async function readRepositorySettings(
  { octokit, repository, call }: GithubClient,
  demand: SettingsDemand,
): Promise<GithubSettings> {
  const { rest, paginate } = octokit;
  const { defaultBranch, isPrivate } = await call('read the repository', 'contents: read', async () => {
    const { data } = await rest.repos.get(repository);
    const parts = repositoryParts.parse(data);
    return { defaultBranch: parts.default_branch, isPrivate: parts.private };
  });
  const readEnvironment = async (name: string): Promise<EnvironmentRules | undefined> => {
    const place = { ...repository, environment_name: name };
    const answer = await orMissing(rest.repos.getEnvironment(place));
    if (answer === undefined) return undefined;
    const parts = environmentParts.parse(answer.data);
    const reviews = parts.protection_rules.filter(({ type }) => type === 'required_reviewers');
    const policy = parts.deployment_branch_policy ?? undefined;
    return {
      reviewers: reviews.flatMap(({ reviewers = [] }) =>
        reviewers.map(({ reviewer }) => reviewer.login ?? reviewer.name ?? 'a team'),
      ),
      preventsSelfReview: reviews.some((rule) => rule.prevent_self_review === true),
      branches:
        policy === undefined
          ? 'any'
          : policy.protected_branches
            ? 'protected'
            : namesOf(await paginate(rest.repos.listDeploymentBranchPolicies, place)),
      adminsBypass: parts.can_admins_bypass,
    };
  };
  const environments = await Promise.all(
    environmentsToRead(demand).map(async (name) => [name, await see(readEnvironment(name))] as const),
  );
  return {
    repository: `${repository.owner}/${repository.repo}`,
    ...{ defaultBranch, isPrivate },
    environments: new Map(environments),
    actions: await see(
      rest.actions.getGithubActionsPermissionsRepository(repository).then(({ data }) => ({
        enabled: data.enabled,
        allowed: data.allowed_actions ?? 'all',
      })),
    ),
    workflowPermissions: await see(
      rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(repository).then(({ data }) => ({
        default: data.default_workflow_permissions,
        canApprovePullRequests: data.can_approve_pull_request_reviews,
      })),
    ),
    workflows: await see(
      paginate(rest.actions.listRepoWorkflows, repository).then(
        (workflows) => new Map(workflows.map(({ path, state }) => [path, state])),
      ),
    ),
    branchRules: await see(
      paginate(rest.repos.getBranchRules, { ...repository, branch: defaultBranch }).then(toBranchRules),
    ),
    secrets: await see(paginate(rest.actions.listRepoSecrets, repository).then(namesOf)),
    automationSecrets: await see(
      orMissing(
        paginate(rest.actions.listEnvironmentSecrets, { ...repository, environment_name: AUTOMATION }).then(namesOf),
      ).then((names) => names ?? []),
    ),
    variables: await see(paginate(rest.actions.listRepoVariables, repository).then(namesOf)),
    oidcSubjectClaims: await see(
      rest.actions
        .getCustomOidcSubClaimForRepo(repository)
        .then(({ data }) => (data.use_default ? undefined : (data.include_claim_keys ?? []))),
    ),
    codeowners: await see(readCodeowners(rest, repository)),
  };
}

type Rest = GithubClient['octokit']['rest'];

async function readCodeowners(rest: Rest, repository: GithubClient['repository']) {
  const answer = await orMissing(rest.repos.codeownersErrors(repository));
  if (answer === undefined) return { exists: false, errors: [] };
  const { errors } = codeownersParts.parse(answer.data);
  return { exists: true, errors: errors.map(({ line, path, kind }) => `${path}:${String(line)}: ${kind}`) };
}

function toBranchRules(rules: readonly unknown[]): BranchRules {
  const parsed = rules.map((rule) => ruleParts.parse(rule));
  const ofType = (type: string) => parsed.filter((rule) => rule.type === type);
  const pulls = ofType('pull_request').flatMap(({ parameters }) => (parameters === undefined ? [] : [parameters]));
  return {
    // Rules of several rulesets add up.
    pullRequest:
      ofType('pull_request').length === 0
        ? undefined
        : {
            approvals: Math.max(0, ...pulls.map((pull) => pull.required_approving_review_count)),
            codeOwners: pulls.some((pull) => pull.require_code_owner_review),
            lastPush: pulls.some((pull) => pull.require_last_push_approval),
            dismissesStale: pulls.some((pull) => pull.dismiss_stale_reviews_on_push),
          },
    requiredChecks: ofType('required_status_checks').flatMap(({ parameters }) =>
      (parameters?.required_status_checks ?? []).map(({ context }) => context),
    ),
    refusesForcePush: ofType('non_fast_forward').length > 0,
    refusesDeletion: ofType('deletion').length > 0,
  };
}

function namesOf(list: readonly unknown[]): readonly string[] {
  return list.map((item) => named.parse(item).name);
}

/** A setting, or why it can't be seen: GitHub answers 403 or 404 to a token that may not read it. */
async function see<Value>(reading: Promise<Value>): Promise<Seen<Value>> {
  try {
    return { seen: true, value: await reading };
  } catch (error) {
    const status = statusOf(error);
    if (status === 403 || status === 404 || status === 401) {
      return { seen: false, why: `GitHub answered ${String(status)}: the token may not read it` };
    }
    throw error;
  }
}
