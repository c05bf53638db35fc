import { z } from 'zod';
import type { PullRequestReview } from '../../domain/plan/policy-acceptance.ts';
import type { PlanAcceptances } from '../../ports/plan-acceptances.ts';
import type { GithubClient } from './client.ts';

const account = z.looseObject({ login: z.string(), type: z.string().default('User') });
const pull = z.looseObject({
  body: z.string().nullish(),
  user: account.nullish(),
  head: z.looseObject({ sha: z.string(), ref: z.string() }),
});
const review = z.looseObject({ user: account.nullish(), state: z.string(), commit_id: z.string().nullish() });
const run = z.looseObject({ id: z.number(), head_sha: z.string(), created_at: z.string(), actor: account.nullish() });
const collaborator = account.extend({ permissions: z.looseObject({ push: z.boolean() }).optional() });

const STATES: Readonly<Record<string, PullRequestReview['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  DISMISSED: 'dismissed',
};

/**
 * Who wrote a pull request and who approved it, by GitHub's REST API.
 *
 * @param workflow file name of the workflow that runs on pull requests
 */
export function createPlanAcceptances(client: GithubClient, workflow: string): PlanAcceptances {
  const { octokit, repository, call } = client;
  const { rest, paginate } = octokit;
  // Names and addresses in commits are what their writer says. Who pushed a commit is GitHub's: its first run has the name.
  const pushersOf = async (branch: string): Promise<readonly string[]> =>
    await call(`list the runs of ${workflow} for ${branch}`, 'actions: read', async () => {
      const query = { ...repository, workflow_id: workflow, branch, event: 'pull_request', per_page: 100 };
      const runs = (await paginate(rest.actions.listWorkflowRuns, query)).map((item) => run.parse(item));
      const first = new Map<string, z.output<typeof run>>();
      for (const each of runs.toSorted((a, b) => a.created_at.localeCompare(b.created_at) || a.id - b.id)) {
        if (!first.has(each.head_sha)) first.set(each.head_sha, each);
      }
      return [...first.values()].flatMap(({ actor }) => actor?.login ?? []);
    });
  return {
    read: async (number) => {
      const at = { ...repository, pull_number: number, per_page: 100 };
      const { body, user, head } = await call(`give pull request ${String(number)}`, 'pull-requests: read', async () =>
        pull.parse((await rest.pulls.get({ ...repository, pull_number: number })).data),
      );
      const reviews = await call(
        `list the reviews of pull request ${String(number)}`,
        'pull-requests: read',
        async () => (await paginate(rest.pulls.listReviews, at)).map((item) => review.parse(item)),
      );
      const writers = await call('list who may write to the repository', 'metadata: read', async () =>
        (await paginate(rest.repos.listCollaborators, { ...repository, per_page: 100 }))
          .map((item) => collaborator.parse(item))
          .filter(({ type, permissions }) => type === 'User' && permissions?.push === true),
      );
      return {
        authors: [...(user === null || user === undefined ? [] : [user.login]), ...(await pushersOf(head.ref))],
        reviews: reviews.map((each) => ({
          reviewer: each.user?.login ?? '',
          isPerson: each.user?.type === 'User',
          state: STATES[each.state] ?? 'commented',
          commitSha: each.commit_id ?? '',
        })),
        writers: writers.map(({ login }) => login),
        description: body ?? '',
      };
    },
  };
}
