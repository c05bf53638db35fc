import { z } from 'zod';
import type { WorkflowJobs } from '../../ports/workflow-jobs.ts';
import type { GithubClient } from './client.ts';

const run = z.looseObject({ id: z.number(), event: z.string(), head_sha: z.string() });

const ended = { name: z.string(), conclusion: z.string().nullish() };
const job = z.looseObject({ ...ended, steps: z.array(z.looseObject(ended)).nullish() });

/** Workflow runs and their jobs, by GitHub's REST API. */
export function createWorkflowJobs({ octokit, repository, call }: GithubClient): WorkflowJobs {
  const { rest, paginate } = octokit;
  return {
    pullRequestRuns: async (workflow, headSha) =>
      await call(`list the runs of ${workflow}`, 'actions: read', async () => {
        const all = await paginate(rest.actions.listWorkflowRuns, {
          ...repository,
          ...{ workflow_id: workflow, head_sha: headSha, event: 'pull_request', per_page: 100 },
        });
        const runs = all.map((item) => run.parse(item));
        return runs
          .filter(({ event, head_sha }) => event === 'pull_request' && head_sha === headSha)
          .map(({ id }) => id)
          .toSorted((a, b) => b - a);
      }),
    passedJobs: async (id) =>
      await call(`list the jobs of run ${String(id)}`, 'actions: read', async () => {
        const all = await paginate(rest.actions.listJobsForWorkflowRun, { ...repository, run_id: id, per_page: 100 });
        return all
          .map((item) => job.parse(item))
          .filter(isSuccess)
          .map(({ name, steps }) => ({ name, passedSteps: (steps ?? []).filter(isSuccess).map((step) => step.name) }));
      }),
  };
}

function isSuccess({ conclusion }: { readonly conclusion?: string | null | undefined }): boolean {
  return conclusion === 'success';
}
