import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { getOctokit } from '@actions/github';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { createPlanComments } from '../lib/adapters/github/comments.ts';
import { createPlanRuns } from '../lib/adapters/github/plan-runs.ts';
import { marked } from '../lib/domain/plan/comment-marker.ts';
import type { PlanOrigin } from '../lib/domain/plan/plan-origin.ts';
import { isPlannedSince, isSuperseded, type PlanRun } from '../lib/domain/plan/plan-runs.ts';
import {
  ownComments,
  publishPlanComment,
  type NewPlanComment,
  type Publication,
} from '../lib/operations/publish-plan-comment.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { voidBeforePlan, voidMovedBase, type VoidPorts } from '../lib/operations/void-plan-comments.ts';
import type { EnvironmentSources } from '../lib/domain/changes/touched-environments.ts';

const AUTHOR = 'github-actions[bot]';
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const at = { owner: 'acme', repo: 'models' };
const links = { repositoryUrl: 'https://github.example/acme/models' };
const silent = { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined };

let folder: string;
let repository: PlanRepository;
let github: LocalGithub;
let warnings: string[];

beforeAll(() => {
  repository = makePlanRepository('');
  repository.git('switch', '--quiet', '--create', 'change');
  repository.write('environments/dev/smoke.json', '{}');
  repository.commit('change');
  repository.git('switch', '--quiet', 'main');
});

afterAll(() => {
  repository.remove();
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plan-comment-'));
  github = await startLocalGithub({ logDirectory: folder, ...at, source: repository.root });
  warnings = [];
});

afterEach(async () => {
  // The server validates every request against GitHub's published description, and answers 422 to others.
  const problems = github.calls.filter(
    ({ status, problem }) => [400, 422, 500].includes(status) && problem?.startsWith('injected') !== true,
  );
  await github.close();
  await rm(folder, { recursive: true, force: true });
  expect(problems).toEqual([]);
});

/** Ports as a job has them, with waits of milliseconds. */
function ports(permission: 'read' | 'write' = 'write'): VoidPorts {
  const client = createGithubClient({
    token: github.token({ 'pull-requests': permission, actions: 'read' }),
    apiUrl: github.url,
    repository: 'acme/models',
    reporter: { info: () => undefined, warning: (text) => void warnings.push(text) },
    secondMilliseconds: 1,
  });
  return {
    comments: createPlanComments(client),
    runs: createPlanRuns(client, 'pull-request.yml'),
    author: AUTHOR,
    links,
    reporter: silent,
  };
}

async function publish(comment: NewPlanComment): Promise<Publication> {
  return await publishPlanComment(comment, ports());
}

/** A run that GitHub knows of; its number also says how late it started. */
function knowRun(id: number, more: Partial<LocalGithub['state']['workflowRuns'][number]> = {}): void {
  const createdAt = new Date(Date.UTC(2026, 0, 31, 12, 0, id)).toISOString().replace('.000Z', 'Z');
  github.state.workflowRuns.push({
    id,
    name: 'Pull request',
    path: '.github/workflows/pull-request.yml',
    event: 'pull_request',
    headSha,
    headBranch: 'change',
    actor: ADA,
    createdAt,
    updatedAt: createdAt,
    status: 'in_progress',
    conclusion: null,
    ...more,
  });
}

async function asPerson(): Promise<ReturnType<typeof getOctokit>['rest']> {
  return await Promise.resolve(getOctokit(github.token('all', ADA), { baseUrl: github.url }).rest);
}

let headSha: string;

async function openPullRequest(): Promise<number> {
  const to = new URL(github.cloneUrl);
  [to.username, to.password] = ['ada', github.token('all', ADA)];
  // Not synchronously: the server that is pushed to lives in this very process.
  await promisify(execFile)('git', ['push', '--quiet', to.href, 'change'], { cwd: repository.root, timeout: 20_000 });
  const { data } = await (await asPerson()).pulls.create({ ...at, title: 'Change', head: 'change', base: 'main' });
  headSha = data.head.sha;
  return data.number;
}

function originOf(runId: number): PlanOrigin {
  return { headSha, baseSha: 'b'.repeat(40), runId, runAttempt: 1 };
}

function comment(pullRequest: number, runId: number, text: string): NewPlanComment {
  return { pullRequest, origin: originOf(runId), body: marked(`## ${text}\n`) };
}

async function bodies(pullRequest: number): Promise<readonly string[]> {
  return (await ports().comments.list(pullRequest)).map(({ body }) => body);
}

/** A comment with our marker by any job of the repository: a workflow that somebody added to a branch writes as we do. */
async function forge(pullRequest: number, text: string): Promise<void> {
  const { rest } = getOctokit(github.token({ 'pull-requests': 'write' }), { baseUrl: github.url });
  await rest.issues.createComment({ ...at, issue_number: pullRequest, body: text });
}

// What the marker of earlier versions held, with a run that no later one can exceed.
const FORGED_MARKER = `<!-- sagemaker-gitops:plan ${Buffer.from(
  JSON.stringify({
    ...{ format: 1, pullRequest: 1, headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40), runId: 999_999_999 },
    ...{ runAttempt: 9, environments: [], state: 'void' },
  }),
).toString('base64url')} -->`;

describe('publishPlanComment', () => {
  it('creates one comment, updates it in place, and leaves it alone when it is the same', async () => {
    const number = await openPullRequest();
    expect((await publish(comment(number, 10, 'one'))).state).toBe('created');
    expect((await publish(comment(number, 11, 'two'))).state).toBe('updated');
    expect((await publish(comment(number, 11, 'two'))).state).toBe('unchanged');
    expect(await bodies(number)).toEqual([marked('## two\n')]);
  });

  it('finds its comment behind three pages of others', async () => {
    const number = await openPullRequest();
    const rest = await asPerson();
    for (let index = 0; index < 130; index += 1) {
      await rest.issues.createComment({ ...at, issue_number: number, body: `talk ${String(index)}` });
    }
    await publish(comment(number, 10, 'one'));
    for (let index = 0; index < 130; index += 1) {
      await rest.issues.createComment({ ...at, issue_number: number, body: `more talk ${String(index)}` });
    }
    expect((await publish(comment(number, 11, 'two'))).state).toBe('updated');
    expect(await ownComments(ports().comments, AUTHOR, number)).toHaveLength(1);
  });

  it('leaves a comment alone in which somebody else copied the marker', async () => {
    const number = await openPullRequest();
    await (await asPerson()).issues.createComment({ ...at, issue_number: number, body: marked('## mine now') });
    expect((await publish(comment(number, 10, 'ours'))).state).toBe('created');
    expect(await bodies(number)).toEqual([expect.stringContaining('mine now'), expect.stringContaining('ours')]);
  });

  it.each([
    ['the marker of a run that nothing exceeds', `${FORGED_MARKER}\n## Plan: no changes`],
    ['our marker', marked('## Plan: no changes')],
  ])('is not kept from writing by a forged comment of a bot with %s', async (_, body) => {
    const number = await openPullRequest();
    await forge(number, body);
    await forge(number, body);
    knowRun(10);
    expect((await publish(comment(number, 10, 'real'))).state).toBe('updated');
    expect(await bodies(number)).toEqual([marked('## real\n')]);
  });

  it('writes over what somebody edited into our comment', async () => {
    const number = await openPullRequest();
    await publish(comment(number, 10, 'real'));
    const [own] = await ports().comments.list(number);
    const body = `${FORGED_MARKER}\n## Plan: no changes`;
    await (await asPerson()).issues.updateComment({ ...at, comment_id: own?.id ?? 0, body });
    await publish(comment(number, 10, 'real'));
    expect(await bodies(number)).toEqual([marked('## real\n')]);
  });

  it.each([
    ['a later run of the same head', 20, {}, 'outdated'],
    ['a later attempt of an earlier run', 5, { startedAt: '2026-02-01T00:00:00Z', attempt: 2 }, 'outdated'],
    ['a later attempt of the same run', 10, { attempt: 2 }, 'outdated'],
    ['an earlier run', 5, {}, 'created'],
    ['a later run that was cancelled', 20, { conclusion: 'cancelled', status: 'completed' }, 'created'],
    ['a later run of another head', 20, { headSha: 'f'.repeat(40) }, 'created'],
    ['a later run of another workflow', 20, { path: '.github/workflows/mine.yml' }, 'created'],
    ['a later run for a dispatch', 20, { event: 'workflow_dispatch' }, 'created'],
  ] as const)('asks GitHub, which knows %s: %s', async (_, id, more, state) => {
    const number = await openPullRequest();
    if (id !== 10) knowRun(10);
    knowRun(id, more);
    expect((await publish(comment(number, 10, 'ours'))).state).toBe(state);
    expect(await bodies(number)).toHaveLength(state === 'created' ? 1 : 0);
  });

  it('waits as long as a secondary rate limit tells it to', async () => {
    const number = await openPullRequest();
    github.faults.push(
      { kind: 'secondary-rate-limit', retryAfterSeconds: 17, operation: 'issues/create-comment', times: 1 },
      { kind: 'secondary-rate-limit', retryAfterSeconds: 5, operation: 'issues/list-comments', times: 1 },
    );
    await publish(comment(number, 10, 'one'));
    expect(warnings).toEqual([
      expect.stringMatching(/secondary rate limit .* waiting 5 s$/),
      expect.stringMatching(/secondary rate limit .* waiting 17 s$/),
    ]);
    expect(await bodies(number)).toHaveLength(1);
  });

  it('gives up with the cause when it is told to wait for longer than a job should', async () => {
    const number = await openPullRequest();
    github.faults.push({
      kind: 'secondary-rate-limit',
      retryAfterSeconds: 3_600,
      operation: 'issues/create-comment',
      times: 1,
    });
    await expect(publish(comment(number, 10, 'one'))).rejects.toThrow(
      /did not create the comment[\s\S]*secondary rate limit[\s\S]*pull-requests: write/,
    );
  });

  it.each(['server-error', 'connection-reset'] as const)(
    'creates no second comment when the answer to the first is lost (%s)',
    async (kind) => {
      const number = await openPullRequest();
      const lost = { operation: 'issues/create-comment', times: 1, afterwards: true } as const;
      github.faults.push(kind === 'server-error' ? { kind, status: 502, ...lost } : { kind, ...lost });
      const published = await publish(comment(number, 10, 'one'));
      expect(published.state).toBe('created');
      expect(await bodies(number)).toHaveLength(1);
    },
  );

  it('tries again through server errors', async () => {
    const number = await openPullRequest();
    github.faults.push(
      { kind: 'server-error', status: 503, operation: 'issues/list-comments', times: 2 },
      { kind: 'server-error', status: 500, operation: 'issues/create-comment', times: 1 },
      { kind: 'connection-reset', operation: 'issues/list-comments', times: 1 },
    );
    const published = await publish(comment(number, 10, 'one'));
    expect(published.state).toBe('created');
    expect(await bodies(number)).toHaveLength(1);
  });

  it('says which permission is missing', async () => {
    const number = await openPullRequest();
    await expect(publishPlanComment(comment(number, 10, 'one'), ports('read'))).rejects.toThrow(
      /Resource not accessible by integration[\s\S]*pull-requests: write/,
    );
  });
});

describe('void', () => {
  it('says before a plan that what stands there no longer counts, hides it, and brings it back with the next plan', async () => {
    const number = await openPullRequest();
    await publish(comment(number, 10, 'old'));
    expect(await voidBeforePlan(number, ports())).toBe(1);
    const [body = ''] = await bodies(number);
    expect(body).toContain('## Plan: void');
    expect(body).not.toContain('## old');
    expect(github.state.comments.map(({ minimized }) => minimized)).toEqual(['OUTDATED']);
    // A second time there is nothing to do.
    expect(await voidBeforePlan(number, ports())).toBe(0);
    await publish(comment(number, 11, 'new'));
    expect(await bodies(number)).toEqual([marked('## new\n')]);
  });

  it('makes also that void which says of itself that it is', async () => {
    const number = await openPullRequest();
    await forge(number, `${FORGED_MARKER}\n## Plan: no changes`);
    expect(await voidBeforePlan(number, ports())).toBe(1);
    expect(await bodies(number)).toEqual([expect.stringContaining('## Plan: void')]);
  });

  const places = (name: string, sources: readonly string[]): EnvironmentSources => ({
    ...{ name, service: 'scoring', account: '123456789012', region: 'eu-west-1', promotionOrder: 1 },
    sources,
  });
  const sources = [places('dev', ['environments/dev', 'terraform']), places('staging', ['environments/staging'])];
  const now = Date.UTC(2026, 1, 1);
  const move = { branch: 'main', sha: 'e'.repeat(40), environments: ['dev'], sources };

  it.each([
    ['an environment that the pull request changes', {}, 1],
    ['another environment', { environments: ['staging'] }, 0],
    ['another branch', { branch: 'release' }, 0],
  ])('turns void on open pull requests when the base moves under %s', async (_, more, count) => {
    const number = await openPullRequest();
    await forge(number, `${FORGED_MARKER}\n## Plan: no changes`);
    expect(await voidMovedBase({ ...move, ...more }, now, ports())).toBe(count);
    expect((await bodies(number))[0]?.includes('The base branch has moved to')).toBe(count === 1);
  });

  it.each([
    ['since the push', 30, 0],
    ['before the push', 10, 1],
  ])('leaves to a new plan what was planned %s', async (_, id, count) => {
    const number = await openPullRequest();
    await publish(comment(number, 10, 'current'));
    knowRun(20, { headSha: move.sha, event: 'push', path: '.github/workflows/deploy.yml' });
    knowRun(id);
    expect(await voidMovedBase(move, now, ports())).toBe(count);
  });
});

describe('the runs of a head', () => {
  const run = (id: number, more: Partial<PlanRun> = {}): PlanRun => ({
    ...{ id, attempt: 1, createdAt: id, startedAt: id, conclusion: undefined, pullRequests: [] },
    ...more,
  });
  const own = { id: 10, attempt: 1 };

  it.each<[string, readonly PlanRun[], boolean]>([
    ['none', [], false],
    ['only this one', [run(10)], false],
    ['one that GitHub lists before this one', [run(11)], true],
    ['one for another pull request with the same head', [run(10), run(11, { pullRequests: [8] })], false],
    ['one for this pull request and another one', [run(10), run(11, { pullRequests: [8, 7] })], true],
    ['one of the same second with a higher number', [run(10), run(11, { startedAt: 10 })], true],
    ['one that failed', [run(10), run(11, { conclusion: 'failure' })], true],
    ['one that started no job', [run(10), run(11, { conclusion: 'startup_failure' })], false],
  ])('supersede this one where they are %s: %s', (_, runs, expected) => {
    expect(isSuperseded(own, 7, runs)).toBe(expected);
  });

  it('have planned since a moment only in a later second', () => {
    expect(isPlannedSince(10, 7, [run(10)])).toBe(false);
    expect(isPlannedSince(10, 7, [run(11)])).toBe(true);
    expect(isPlannedSince(10, 7, [run(11, { pullRequests: [8] })])).toBe(false);
  });
});
