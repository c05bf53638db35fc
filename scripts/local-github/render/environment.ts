import type { Context } from '../core/context.ts';
import type { EnvironmentSettings } from '../core/settings.ts';
import { nodeId, renderUser, repositoryHtmlUrl, repositoryUrl } from './repository.ts';

/** An `environment`. GitHub lists the rules that are on. */
export function renderEnvironment(context: Context, environment: EnvironmentSettings) {
  const { id, name, branches, reviewers, preventsSelfReview, createdAt } = environment;
  const rule = (type: string, offset: number) => ({
    ...{ id: id * 10 + offset, node_id: nodeId('GA', id * 10 + offset), type },
  });
  return {
    ...{ id, node_id: nodeId('EN', id), name, created_at: createdAt, updated_at: createdAt },
    url: `${repositoryUrl(context)}/environments/${encodeURIComponent(name)}`,
    html_url: `${repositoryHtmlUrl(context)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    protection_rules: [
      ...(reviewers.length === 0
        ? []
        : [
            {
              ...rule('required_reviewers', 1),
              prevent_self_review: preventsSelfReview,
              reviewers: reviewers.map((reviewer) => ({
                type: 'User',
                reviewer: renderUser(context, { ...reviewer, type: 'User', startsWorkflows: true }),
              })),
            },
          ]),
      ...(branches === 'any' ? [] : [rule('branch_policy', 2)]),
    ],
    deployment_branch_policy:
      branches === 'any'
        ? null
        : { protected_branches: branches === 'protected', custom_branch_policies: branches !== 'protected' },
  };
}
