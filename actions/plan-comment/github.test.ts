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
import { isNewer, parseMarker, renderMarker, type PlanMarker } from '../lib/domain/plan/comment-marker.ts';
import { ownComments, publishPlanComment } from '../lib/operations/publish-plan-comment.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { voidMovedBase, voidMovedHead } from '../lib/operations/void-plan-comments.ts';
import type { PlanComments, PullRequestComment } from '../lib/ports/plan-comments.ts';

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

/** A client as a job has it, with waits of milliseconds. */
function client(permission: 'read' | 'write' = 'write'): PlanComments {
  return createPlanComments(
    createGithubClient({
      token: github.token({ 'pull-requests': permission }),
      apiUrl: github.url,
      repository: 'acme/models',
      reporter: { info: () => undefined, warning: (text) => void warnings.push(text) },
      secondMilliseconds: 1,
    }),
  );
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

function markerOf(pullRequest: number, more: Partial<PlanMarker> = {}): PlanMarker {
  return {
    format: 1,
    pullRequest,
    headSha,
    baseSha: 'b'.repeat(40),
    runId: 10,
    runAttempt: 1,
    environments: ['dev'],
    state: 'current',
    ...more,
  };
}

function textOf(marker: PlanMarker, text: string): { marker: PlanMarker; body: string } {
  return { marker, body: `${renderMarker(marker)}\n## ${text}\n` };
}

async function bodies(pullRequest: number): Promise<readonly string[]> {
  return (await client().list(pullRequest)).map(({ body }) => body);
}

describe('publishPlanComment', () => {
  it('creates one comment, updates it in place, and leaves it alone when it is the same', async () => {
    const number = await openPullRequest();
    const first = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'));
    expect(first.state).toBe('created');
    const second = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 11 }), 'two'));
    expect(second.state).toBe('updated');
    const third = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 11 }), 'two'));
    expect(third.state).toBe('unchanged');
    const all = await bodies(number);
    expect(all).toHaveLength(1);
    expect(all[0]).toContain('## two');
  });

  it('finds its comment behind three pages of others', async () => {
    const number = await openPullRequest();
    const rest = await asPerson();
    for (let index = 0; index < 130; index += 1) {
      await rest.issues.createComment({ ...at, issue_number: number, body: `talk ${String(index)}` });
    }
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'));
    for (let index = 0; index < 130; index += 1) {
      await rest.issues.createComment({ ...at, issue_number: number, body: `more talk ${String(index)}` });
    }
    const again = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 11 }), 'two'));
    expect(again.state).toBe('updated');
    expect(await ownComments(client(), AUTHOR, number)).toHaveLength(1);
  });

  it('leaves a comment alone in which somebody else copied the marker', async () => {
    const number = await openPullRequest();
    const copied = textOf(markerOf(number, { runId: 999 }), 'mine now');
    await (await asPerson()).issues.createComment({ ...at, issue_number: number, body: copied.body });
    const published = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'ours'));
    expect(published.state).toBe('created');
    expect(await bodies(number)).toEqual([expect.stringContaining('mine now'), expect.stringContaining('ours')]);
  });

  it('leaves the text of a later run alone', async () => {
    const number = await openPullRequest();
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 20 }), 'later'));
    const earlier = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 19 }), 'earlier'));
    expect(earlier.state).toBe('outdated');
    expect(await bodies(number)).toEqual([expect.stringContaining('later')]);
  });

  it('leaves exactly one comment, that of the later run, whatever way two runs meet', async () => {
    const number = await openPullRequest();
    for (let round = 0; round < 20; round += 1) {
      const runs = [100 + round * 10, 101 + round * 10].map((runId) =>
        publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId }), `run ${String(runId)}`)),
      );
      await Promise.all(round % 2 === 0 ? runs : runs.toReversed());
      const all = await bodies(number);
      expect(all).toHaveLength(1);
      expect(all[0]).toContain(`run ${String(101 + round * 10)}`);
      for (const { comment } of await ownComments(client(), AUTHOR, number)) await client().remove(comment.id);
    }
  });

  it('waits as long as a secondary rate limit tells it to', async () => {
    const number = await openPullRequest();
    github.faults.push(
      { kind: 'secondary-rate-limit', retryAfterSeconds: 17, operation: 'issues/create-comment', times: 1 },
      { kind: 'secondary-rate-limit', retryAfterSeconds: 5, operation: 'issues/list-comments', times: 1 },
    );
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'));
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
    await expect(publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'))).rejects.toThrow(
      /did not create the comment[\s\S]*secondary rate limit[\s\S]*pull-requests: write/,
    );
  });

  it.each(['server-error', 'connection-reset'] as const)(
    'creates no second comment when the answer to the first is lost (%s)',
    async (kind) => {
      const number = await openPullRequest();
      const lost = { operation: 'issues/create-comment', times: 1, afterwards: true } as const;
      github.faults.push(kind === 'server-error' ? { kind, status: 502, ...lost } : { kind, ...lost });
      const published = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'));
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
    const published = await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'one'));
    expect(published.state).toBe('created');
    expect(await bodies(number)).toHaveLength(1);
  });

  it('says which permission is missing', async () => {
    const number = await openPullRequest();
    const comments = client('read');
    await expect(publishPlanComment(comments, AUTHOR, textOf(markerOf(number), 'one'))).rejects.toThrow(
      /Resource not accessible by integration[\s\S]*pull-requests: write/,
    );
  });
});

describe('void', () => {
  it('says that a comment no longer counts when its head has moved, hides it, and brings it back with the next plan', async () => {
    const number = await openPullRequest();
    const old = markerOf(number, { headSha: 'd'.repeat(40) });
    await publishPlanComment(client(), AUTHOR, textOf(old, 'old'));
    expect(await voidMovedHead(number, { comments: client(), author: AUTHOR, links, reporter: silent })).toBe(1);
    const [body = ''] = await bodies(number);
    expect(body).toContain('## Plan: void');
    expect(body).toContain('<details><summary>The plan that is void</summary>\n\n## old');
    expect(parseMarker(body)?.state).toBe('void');
    expect(github.state.comments.map(({ minimized }) => minimized)).toEqual(['OUTDATED']);
    // A second time there is nothing to do.
    expect(await voidMovedHead(number, { comments: client(), author: AUTHOR, links, reporter: silent })).toBe(0);
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number, { runId: 11 }), 'new'));
    expect(await bodies(number)).toEqual([expect.stringContaining('## new')]);
  });

  it('leaves a comment alone whose head is still the one', async () => {
    const number = await openPullRequest();
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'current'));
    expect(await voidMovedHead(number, { comments: client(), author: AUTHOR, links, reporter: silent })).toBe(0);
    expect(await bodies(number)).toEqual([expect.stringContaining('## current')]);
  });

  it('turns void on every open pull request whose environments the base has moved under', async () => {
    const number = await openPullRequest();
    await publishPlanComment(client(), AUTHOR, textOf(markerOf(number), 'current'));
    const ports = { comments: client(), author: AUTHOR, links, reporter: silent };
    expect(await voidMovedBase('main', 'e'.repeat(40), ['staging'], ports)).toBe(0);
    expect(await voidMovedBase('main', 'b'.repeat(40), ['dev'], ports)).toBe(0);
    expect(await voidMovedBase('release', 'e'.repeat(40), ['dev'], ports)).toBe(0);
    expect(await voidMovedBase('main', 'e'.repeat(40), ['dev'], ports)).toBe(1);
    expect(await bodies(number)).toEqual([expect.stringContaining('The base branch has moved to')]);
  });
});

describe('every way in which two runs can meet', () => {
  /** Comments in memory; each call waits until it is let through. */
  function memory(): { comments: PlanComments; all: PullRequestComment[] } {
    const all: PullRequestComment[] = [];
    let next = 1;
    const comments: PlanComments = {
      pullRequest: (number) => Promise.resolve({ number, headSha: '', description: '' }),
      openPullRequests: () => Promise.resolve([]),
      list: () => Promise.resolve([...all]),
      create: (_, body) => {
        const created = { id: next, nodeId: String(next), author: AUTHOR, body, url: '' };
        next += 1;
        all.push(created);
        return Promise.resolve(created);
      },
      update: (id, body) => {
        const index = all.findIndex((comment) => comment.id === id);
        const found = all[index];
        if (found === undefined) return Promise.reject(new Error('Not Found'));
        all[index] = { ...found, body };
        return Promise.resolve({ ...found, body });
      },
      remove: (id) => {
        const index = all.findIndex((comment) => comment.id === id);
        if (index !== -1) all.splice(index, 1);
        return Promise.resolve();
      },
      minimise: () => Promise.resolve(),
      unminimise: () => Promise.resolve(),
    };
    return { comments, all };
  }

  /** Runs two publications so that their calls interleave in the order of a word of A and B. */
  async function interleave(order: string): Promise<readonly PullRequestComment[]> {
    const { comments, all } = memory();
    const waiting: Record<string, (() => void)[]> = { A: [], B: [] };
    const gated = (name: string): PlanComments => {
      const gate = async <Result>(call: () => Promise<Result>): Promise<Result> => {
        await new Promise<void>((resolve) => waiting[name]?.push(resolve));
        return await call();
      };
      return {
        ...comments,
        list: (number) => gate(() => comments.list(number)),
        create: (number, body) => gate(() => comments.create(number, body)),
        update: (id, body) => gate(() => comments.update(id, body)),
        remove: (id) => gate(() => comments.remove(id)),
      };
    };
    headSha = 'a'.repeat(40);
    let ended = 0;
    const runs = ['A', 'B'].map((name, index) =>
      publishPlanComment(gated(name), AUTHOR, textOf(markerOf(1, { runId: index + 1 }), name)).finally(() => {
        ended += 1;
      }),
    );
    const settled = Promise.allSettled(runs);
    for (let step = 0; ended < 2; step += 1) {
      // One call at a time, each followed by everything that happens at once after it.
      await new Promise((resolve) => setImmediate(resolve));
      const name = order[step] ?? (step % 2 === 0 ? 'A' : 'B');
      const release = waiting[name]?.shift() ?? waiting[name === 'A' ? 'B' : 'A']?.shift();
      release?.();
    }
    const results = await settled;
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    return all;
  }

  it('leaves one comment of the later run in each of the first 512 orders', async () => {
    for (let word = 0; word < 512; word += 1) {
      const order = Array.from(word.toString(2).padStart(9, '0'), (bit) => (bit === '0' ? 'A' : 'B')).join('');
      const left = await interleave(order);
      expect(
        left.map(({ body }) => body.split('\n')[1]),
        order,
      ).toEqual(['## B']);
    }
  });
});

describe('isNewer', () => {
  it.each([
    [{ runId: 2 }, { runId: 1 }, true],
    [{ runId: 1 }, { runId: 1 }, false],
    [{ runId: 1, runAttempt: 2 }, { runId: 1 }, true],
    [{ runId: 1, runAttempt: 9 }, { runId: 2 }, false],
  ])('%j against %j: %s', (one, other, expected) => {
    headSha = 'a'.repeat(40);
    expect(isNewer(markerOf(1, one), markerOf(1, other))).toBe(expected);
  });
});
