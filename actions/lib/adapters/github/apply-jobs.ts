import { z } from 'zod';
import type { ApplyJobs } from '../../ports/apply-jobs.ts';
import type { GithubClient } from './client.ts';

const run = z.looseObject({
  id: z.number(),
  status: z.string().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string(),
});
const job = z.looseObject({
  name: z.string(),
  run_attempt: z.number().default(1),
  status: z.string(),
  started_at: z.string().nullish(),
  completed_at: z.string().nullish(),
});

// A run can wait for its approval for so long:
// https://docs.github.com/actions/managing-workflow-runs-and-deployments/managing-deployments/reviewing-deployments
const LONGEST_RUN_MILLISECONDS = 35 * 24 * 3_600_000;

/**
 * Jobs by GitHub's REST API.
 *
 * @param workflow file name of the workflow that applies
 * @param own the run and attempt that ask
 */
export function createApplyJobs(
  { octokit, repository, call }: GithubClient,
  workflow: string,
  own: { readonly id: number; readonly attempt: number },
): ApplyJobs {
  const { rest, paginate } = octokit;
  return {
    at: async (moment) =>
      await call(`list the runs of ${workflow}`, 'actions: read', async () => {
        const runs: z.output<typeof run>[] = [];
        // The newest first.
        const query = { ...repository, workflow_id: workflow, per_page: 100 };
        for await (const { data } of paginate.iterator(rest.actions.listWorkflowRuns, query)) {
          const page = data.map((item) => run.parse(item));
          runs.push(...page.filter((found) => isAtWork(found, moment)));
          if (page.some(({ created_at }) => Date.parse(created_at) < moment - LONGEST_RUN_MILLISECONDS)) break;
        }
        const jobs = await Promise.all(
          runs.map(async ({ id, status, html_url: runUrl }) => {
            const of = { ...repository, run_id: id, filter: 'all', per_page: 100 } as const;
            const all = await paginate(rest.actions.listJobsForWorkflowRun, of);
            return all
              .map((item) => job.parse(item))
              .filter(({ run_attempt: attempt }) => id !== own.id || attempt !== own.attempt)
              .flatMap(({ name, started_at: startedAt, completed_at: completedAt, status: jobStatus }) => {
                if (typeof startedAt !== 'string') return [];
                const end = jobStatus === 'completed' && typeof completedAt === 'string' ? completedAt : undefined;
                return [
                  {
                    name,
                    runUrl,
                    startedAt: Date.parse(startedAt),
                    completedAt: end === undefined ? undefined : Date.parse(end),
                    hasRunEnded: status === 'completed',
                  },
                ];
              });
          }),
        );
        return jobs.flat();
      }),
  };
}

// A minute more, as clocks differ and GitHub's times are whole seconds.
function isAtWork({ status, created_at, updated_at }: z.output<typeof run>, moment: number): boolean {
  const hasEndedBefore = status === 'completed' && Date.parse(updated_at) < moment - 60_000;
  return !hasEndedBefore && Date.parse(created_at) < moment + 60_000;
}
