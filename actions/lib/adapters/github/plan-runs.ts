import { z } from 'zod';
import type { PlanRuns } from '../../ports/plan-runs.ts';
import type { GithubClient } from './client.ts';

const PERMISSION = 'actions: read';

const run = z.looseObject({
  id: z.number(),
  run_attempt: z.number().default(1),
  created_at: z.string(),
  run_started_at: z.string().nullish(),
  conclusion: z.string().nullish(),
  pull_requests: z.array(z.looseObject({ number: z.number() })).nullish(),
});

/**
 * Workflow runs by GitHub's REST API.
 *
 * @param workflow file name of the workflow that runs on pull requests
 */
export function createPlanRuns({ octokit, repository, call }: GithubClient, workflow: string): PlanRuns {
  const { rest, paginate } = octokit;
  return {
    ofHead: async (headSha) =>
      await call(`list the runs of ${workflow} for ${headSha}`, PERMISSION, async () => {
        const query = { ...repository, workflow_id: workflow, head_sha: headSha, event: 'pull_request', per_page: 100 };
        return (await paginate(rest.actions.listWorkflowRuns, query)).map((item) => {
          const found = run.parse(item);
          return {
            id: found.id,
            attempt: found.run_attempt,
            createdAt: Date.parse(found.created_at),
            startedAt: Date.parse(found.run_started_at ?? found.created_at),
            conclusion: found.conclusion ?? undefined,
            pullRequests: (found.pull_requests ?? []).map(({ number }) => number),
          };
        });
      }),
    pushedAt: async (sha) =>
      await call(`list the runs of the push of ${sha}`, PERMISSION, async () => {
        const query = { ...repository, head_sha: sha, event: 'push', per_page: 100 };
        const times = (await paginate(rest.actions.listWorkflowRunsForRepo, query)).map((item) =>
          Date.parse(run.parse(item).created_at),
        );
        return times.length === 0 ? undefined : Math.min(...times);
      }),
  };
}
