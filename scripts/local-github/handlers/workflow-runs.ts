import { ApiError, notFound } from '../core/api-error.ts';
import { textOr, type Context, type Handler } from '../core/context.ts';
import { nodeId, renderRepository, renderUser, repositoryHtmlUrl, repositoryUrl } from '../render/repository.ts';
import type { WorkflowJob, WorkflowRun } from '../core/state.ts';

export const listWorkflowRuns: Handler = (context, { path, query }) => {
  for (const name of ['created', 'check_suite_id', 'exclude_pull_requests']) {
    if (query[name] !== undefined) throw new ApiError(501, `The local GitHub does not filter runs by ${name}`);
  }
  const status = query['status'];
  const workflow = textOr(path['workflow_id'], undefined);
  const found = context.state.workflowRuns
    .filter(({ path: file }) => workflow === undefined || file === `.github/workflows/${workflow}`)
    .filter((run) => query['event'] === undefined || run.event === query['event'])
    .filter((run) => query['branch'] === undefined || run.headBranch === query['branch'])
    .filter((run) => query['head_sha'] === undefined || run.headSha === query['head_sha'])
    .filter((run) => query['actor'] === undefined || run.actor.login === query['actor'])
    .filter((run) => status === undefined || run.status === status || run.conclusion === status)
    .toReversed();
  const size = typeof query['per_page'] === 'number' ? query['per_page'] : 30;
  const page = typeof query['page'] === 'number' ? query['page'] : 1;
  return {
    status: 200,
    body: {
      total_count: found.length,
      workflow_runs: found.slice((page - 1) * size, page * size).map((run) => renderRun(context, run)),
    },
  };
};

export const listJobs: Handler = (context, { path, query }) => {
  const run = context.state.workflowRuns.find(({ id }) => id === path['run_id']);
  if (run === undefined) throw notFound();
  const jobs = run.jobs ?? [];
  const size = typeof query['per_page'] === 'number' ? query['per_page'] : 30;
  const page = typeof query['page'] === 'number' ? query['page'] : 1;
  const shown = jobs.map((job, index) => renderJob(context, run, job, index));
  return { status: 200, body: { total_count: jobs.length, jobs: shown.slice((page - 1) * size, page * size) } };
};

function renderJob(context: Context, run: WorkflowRun, job: WorkflowJob, index: number) {
  const { name, conclusion, steps, startedAt = run.createdAt, completedAt = run.updatedAt } = job;
  // A run has fewer jobs than this.
  const id = run.id * 1000 + index;
  const url = `${repositoryUrl(context)}/actions/jobs/${id}`;
  return {
    id,
    run_id: run.id,
    run_url: `${repositoryUrl(context)}/actions/runs/${run.id}`,
    run_attempt: run.attempt ?? 1,
    node_id: nodeId('CR', id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    workflow_name: run.name,
    name,
    url,
    html_url: `${repositoryHtmlUrl(context)}/actions/runs/${run.id}/job/${id}`,
    status: 'completed',
    conclusion,
    created_at: run.createdAt,
    started_at: startedAt,
    completed_at: completedAt,
    steps: steps.map((step, at) => ({
      name: step.name,
      conclusion: step.conclusion,
      status: 'completed',
      number: at + 1,
    })),
    check_run_url: `${repositoryUrl(context)}/check-runs/${id}`,
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  };
}

// A `pull-request-minimal`.
function renderPullReference(context: Context, number: number) {
  const issue = context.state.issues.find((each) => each.number === number);
  if (issue?.pull === undefined) throw new TypeError(`there is no pull request ${number}`);
  const { headRef, headSha, baseRef, baseSha } = issue.pull;
  const repo = { id: 1, url: repositoryUrl(context), name: context.state.repo };
  return {
    id: issue.id,
    number,
    url: `${repositoryUrl(context)}/pulls/${number}`,
    head: { ref: headRef, sha: headSha, repo },
    base: { ref: baseRef, sha: baseSha, repo },
  };
}

function renderRun(context: Context, run: WorkflowRun) {
  const url = `${repositoryUrl(context)}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WFR', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    run_number: run.id,
    run_attempt: run.attempt ?? 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 1,
    display_title: run.name,
    url,
    html_url: `${repositoryHtmlUrl(context)}/actions/runs/${run.id}`,
    pull_requests: (run.pullRequests ?? []).map((number) => renderPullReference(context, number)),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.startedAt ?? run.createdAt,
    actor: renderUser(context, run.actor),
    triggering_actor: renderUser(context, run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${url}/check-suite`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${repositoryUrl(context)}/actions/workflows/1`,
    head_commit: null,
    repository: renderRepository(context),
    head_repository: { ...renderRepository(context), ...fullName(run) },
  };
}

function fullName({ headRepository }: WorkflowRun) {
  return headRepository === undefined ? {} : { full_name: headRepository };
}
