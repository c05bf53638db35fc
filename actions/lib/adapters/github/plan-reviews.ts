import { z } from 'zod';
import type { PlanReviews } from '../../ports/plan-reviews.ts';
import { statusOf, type GithubClient } from './client.ts';

const pull = z.looseObject({
  number: z.number(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.looseObject({ sha: z.string() }),
});

const run = z.looseObject({
  id: z.number(),
  event: z.string(),
  head_sha: z.string(),
  conclusion: z.string().nullish(),
  created_at: z.string(),
});

const folder = z.array(z.looseObject({ name: z.string(), sha: z.string() }));

/** Pull requests, workflow runs and what the repository holds, by GitHub's REST API. */
export function createPlanReviews({ octokit, repository, call }: GithubClient): PlanReviews {
  const { rest, paginate } = octokit;
  return {
    pullRequestsOf: async (sha) =>
      await call(`list the pull requests of ${sha}`, 'pull-requests: read', async () => {
        const all = await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
          ...repository,
          commit_sha: sha,
          per_page: 100,
        });
        return all.map((item) => {
          const { number, merged_at, merge_commit_sha, head } = pull.parse(item);
          return {
            number,
            headSha: head.sha,
            mergeCommitSha: merge_commit_sha ?? undefined,
            mergedAt: typeof merged_at === 'string' ? Date.parse(merged_at) : undefined,
          };
        });
      }),
    folder: async (path, ref) =>
      await call(`list ${path} at ${ref}`, 'contents: read', async () => {
        const { data } = await rest.repos.getContent({ ...repository, path, ref }).catch((error: unknown) => {
          if (statusOf(error) === 404) return { data: [] };
          throw error;
        });
        return new Map(folder.parse(data).map(({ name, sha }) => [name, sha]));
      }),
    runsOf: async (workflow, headSha) =>
      await call(`list the runs of ${workflow}`, 'actions: read', async () => {
        const all = await paginate(rest.actions.listWorkflowRuns, {
          ...repository,
          workflow_id: workflow,
          head_sha: headSha,
          per_page: 100,
        });
        return all.map((item) => {
          const { id, event, head_sha, conclusion, created_at } = run.parse(item);
          return {
            id,
            event,
            headSha: head_sha,
            conclusion: conclusion ?? undefined,
            createdAt: Date.parse(created_at),
          };
        });
      }),
  };
}
