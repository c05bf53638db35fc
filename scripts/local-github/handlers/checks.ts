import { ApiError, notFound } from '../core/api-error.ts';
import { takeId, text, textOr, timestamp, type Context, type Handler } from '../core/context.ts';
import { renderCheckRun, renderStatus } from '../render/check.ts';
import { renderRepository, repositoryUrl } from '../render/repository.ts';
import type { Actor, CheckConclusion, CheckRun, CommitStatus } from '../core/state.ts';

/** Adds a check run that has no conclusion yet. */
export function addCheckRun(
  context: Context,
  creator: Actor,
  given: Pick<CheckRun, 'name' | 'headSha' | 'detailsUrl'> & { readonly status: 'queued' | 'in_progress' },
): CheckRun {
  const check: CheckRun = {
    ...given,
    id: takeId(context.state),
    creator,
    externalId: null,
    conclusion: null,
    startedAt: timestamp(context),
    completedAt: null,
    title: null,
    summary: null,
  };
  context.state.checkRuns.push(check);
  return check;
}

/** Ends a check run. */
export function finishCheckRun(context: Context, check: CheckRun, conclusion: CheckConclusion): void {
  Object.assign(check, { status: 'completed', conclusion, completedAt: timestamp(context) });
}

export const createCheck: Handler = async (context, { actor, body }) => {
  // Only apps can create check runs; a job's token is an app's.
  if (actor.type !== 'Bot') throw new ApiError(403, 'You must authenticate via a GitHub App.');
  const headSha = await context.git.resolve(text(body['head_sha']));
  if (headSha === undefined) throw new ApiError(422, `No commit found for SHA: ${text(body['head_sha'])}`);
  const name = text(body['name']);
  const detailsUrl = textOr(body['details_url'], null);
  const status = body['status'] === 'in_progress' ? 'in_progress' : 'queued';
  const check = addCheckRun(context, actor, { name, headSha, detailsUrl, status });
  change(context, check, body);
  return { status: 201, body: renderCheckRun(context, check) };
};

export const getCheck: Handler = (context, { path }) => ({
  status: 200,
  body: renderCheckRun(context, findCheck(context, path['check_run_id'])),
});

export const updateCheck: Handler = (context, { path, body }) => {
  const check = findCheck(context, path['check_run_id']);
  change(context, check, body);
  return { status: 200, body: renderCheckRun(context, check) };
};

export const listChecks: Handler = async (context, { path, query }) => {
  if (query['app_id'] !== undefined) throw new ApiError(501, 'The local GitHub does not filter check runs by app');
  const sha = await resolveRef(context, text(path['ref']));
  const all = context.state.checkRuns
    .filter((check) => check.headSha === sha)
    .filter((check) => query['check_name'] === undefined || check.name === query['check_name'])
    .filter((check) => query['status'] === undefined || check.status === query['status']);
  const latest = new Map(all.map((check) => [check.name, check]));
  const found = query['filter'] === 'all' ? all : [...latest.values()];
  const size = typeof query['per_page'] === 'number' ? query['per_page'] : 30;
  const page = typeof query['page'] === 'number' ? query['page'] : 1;
  const shown = found.slice((page - 1) * size, page * size);
  return {
    status: 200,
    body: { total_count: found.length, check_runs: shown.map((check) => renderCheckRun(context, check)) },
  };
};

const STATES = ['error', 'failure', 'pending', 'success'] as const;

export const createStatus: Handler = async (context, { actor, path, body }) => {
  const sha = await context.git.resolve(text(path['sha']));
  if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${text(path['sha'])}`);
  const state = STATES.find((one) => one === body['state']);
  if (state === undefined) throw new ApiError(422, 'Validation Failed');
  const status: CommitStatus = {
    id: takeId(context.state),
    sha,
    state,
    context: textOr(body['context'], 'default'),
    description: textOr(body['description'], null),
    targetUrl: textOr(body['target_url'], null),
    creator: actor,
    createdAt: timestamp(context),
  };
  context.state.commitStatuses.push(status);
  return { status: 201, body: renderStatus(context, status) };
};

export const listStatuses: Handler = async (context, { path }) => {
  const sha = await resolveRef(context, text(path['ref']));
  const found = context.state.commitStatuses.filter((status) => status.sha === sha).toReversed();
  return { status: 200, body: found.map((status) => renderStatus(context, status)) };
};

export const getCombinedStatus: Handler = async (context, { path }) => {
  const sha = await resolveRef(context, text(path['ref']));
  const own = context.state.commitStatuses.filter((status) => status.sha === sha);
  const latest = [...new Map(own.map((status) => [status.context, status])).values()];
  const failed = latest.some(({ state }) => state === 'error' || state === 'failure');
  const passed = latest.length > 0 && latest.every(({ state }) => state === 'success');
  return {
    status: 200,
    body: {
      state: failed ? 'failure' : passed ? 'success' : 'pending',
      statuses: latest.map((status) => renderStatus(context, status)),
      sha,
      total_count: latest.length,
      repository: renderRepository(context),
      commit_url: `${repositoryUrl(context)}/commits/${sha}`,
      url: `${repositoryUrl(context)}/commits/${sha}/status`,
    },
  };
};

const CONCLUSIONS: readonly CheckConclusion[] = [
  ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required'] as const),
];

function change(context: Context, check: CheckRun, body: Readonly<Record<string, unknown>>): void {
  for (const name of ['actions', 'external_id'] as const) {
    if (body[name] !== undefined) throw new ApiError(501, `The local GitHub keeps no ${name} of a check run`);
  }
  if (typeof body['name'] === 'string') check.name = body['name'];
  if (typeof body['details_url'] === 'string') check.detailsUrl = body['details_url'];
  const output: Readonly<Record<string, unknown>> = { ...(Object(body['output']) as object) };
  check.title = textOr(output['title'], check.title);
  check.summary = textOr(output['summary'], check.summary);
  const conclusion = CONCLUSIONS.find((one) => one === body['conclusion']);
  // A conclusion completes it.
  if (conclusion !== undefined) finishCheckRun(context, check, conclusion);
  else if (body['status'] === 'in_progress') check.status = 'in_progress';
  else if (body['status'] === 'completed')
    throw new ApiError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.');
}

function findCheck(context: Context, id: unknown): CheckRun {
  const check = context.state.checkRuns.find((one) => one.id === id);
  if (check === undefined) throw notFound();
  return check;
}

async function resolveRef(context: Context, ref: string): Promise<string> {
  const sha = await context.git.resolve(ref);
  if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  return sha;
}
