import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { createPlanAcceptances } from '../lib/adapters/github/plan-acceptances.ts';
import { decideAcceptances, type Acceptances } from '../lib/domain/plan/policy-acceptance.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';

// Each test starts a server and several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });
const person = (login: string, id: number): Actor => ({ login, id, type: 'User', startsWorkflows: true });
const [ADA, GRACE, EVE] = [person('ada', 7), person('grace', 8), person('eve', 9)];
const BOT: Actor = { login: 'helper[bot]', id: 10, type: 'Bot', startsWorkflows: true };
const LINE = 'Accept-Plan-Warning: wildcard-iam dev reviewed by hand';

/** Who accepts a warning, over GitHub's REST API: ada opens a pull request of the branch `change`, which she has pushed. */
describeWithTool('git', 'the acceptance of a warning', () => {
  let folder: string;
  let repository: PlanRepository;
  let github: LocalGithub;
  let headSha: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'acceptances-'));
    repository = makePlanRepository('');
    repository.git('switch', '--quiet', '--create', 'change');
    repository.write('environments/dev/smoke.json', '{}');
    headSha = repository.commit('change');
    repository.git('switch', '--quiet', 'main');
    github = await startLocalGithub({
      logDirectory: folder,
      owner: 'acme',
      repo: 'models',
      source: repository.root,
    });
    await github.git.git(['fetch', '--quiet', repository.root, '+change:refs/heads/change']);
    expect(
      (await call(ADA, 'POST', 'pulls', { head: 'change', base: 'main', title: 'Change', body: LINE })).status,
    ).toBe(201);
    pushed(1, ADA, headSha);
  });
  afterEach(async () => {
    // The server validates every request against GitHub's published description, and answers 422 to others.
    expect(github.calls.filter(({ status }) => [400, 422, 500].includes(status))).toEqual([]);
    await github.close();
    repository.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (actor: Actor, method: string, url: string, body: unknown) => {
    const response = await fetch(`${github.url}/repos/acme/models/${url}`, {
      method,
      headers: { authorization: `token ${github.token('all', actor)}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { readonly id: number } };
  };
  /** A run of the workflow that a push has started. */
  const pushed = (id: number, actor: Actor, sha: string): void => {
    const createdAt = `2026-01-31T12:00:0${String(id)}Z`;
    github.state.workflowRuns.push({
      ...{ id, actor, createdAt, updatedAt: createdAt, headSha: sha, headBranch: 'change' },
      ...{ name: 'Pull request', path: '.github/workflows/pull-request.yml', event: 'pull_request' },
      ...{ status: 'completed', conclusion: 'success' },
    });
  };
  const mayWrite = (...users: readonly Actor[]): void => {
    github.state.collaborators.push(...users.map((user) => ({ user, permission: 'write' as const })));
  };
  const review = async (actor: Actor, event: string): Promise<number> => {
    const reviewed = await call(actor, 'POST', 'pulls/1/reviews', { event });
    expect(reviewed.status).toBe(200);
    return reviewed.body.id;
  };
  /** As the action decides, with the permissions that its job has. */
  const decide = async (head = headSha): Promise<Acceptances> => {
    const client = createGithubClient({
      token: github.token({ 'pull-requests': 'write', actions: 'read', contents: 'read' }),
      apiUrl: github.url,
      repository: 'acme/models',
      reporter: { info: () => undefined, warning: () => undefined },
      secondMilliseconds: 1,
    });
    const facts = await createPlanAcceptances(client, 'pull-request.yml').read(1);
    return decideAcceptances({ ...facts, headSha: head });
  };

  it('is the approving review of somebody else who may write', async () => {
    mayWrite(ADA, GRACE);
    expect(await decide()).toEqual({ kind: 'open' });
    await review(GRACE, 'APPROVE');
    expect(await decide()).toEqual({ kind: 'review', reviewer: 'grace' });
    // What was approved is one commit.
    expect(await decide('f'.repeat(40))).toEqual({ kind: 'open' });
  });

  it.each([
    [
      'somebody who may only read',
      async () => {
        mayWrite(ADA, GRACE);
        await review(EVE, 'APPROVE');
      },
    ],
    [
      'an app',
      async () => {
        mayWrite(ADA, GRACE, BOT);
        await review(BOT, 'APPROVE');
      },
    ],
    [
      'somebody who has pushed to the branch',
      async () => {
        mayWrite(ADA, GRACE);
        pushed(2, GRACE, 'e'.repeat(40));
        await review(GRACE, 'APPROVE');
      },
    ],
    [
      'somebody who then asks for changes',
      async () => {
        mayWrite(ADA, GRACE);
        await review(GRACE, 'APPROVE');
        await review(GRACE, 'REQUEST_CHANGES');
      },
    ],
    [
      'somebody whose review was dismissed',
      async () => {
        mayWrite(ADA, GRACE);
        const id = await review(GRACE, 'APPROVE');
        await call(ADA, 'PUT', `pulls/1/reviews/${String(id)}/dismissals`, { message: 'no' });
      },
    ],
    [
      'a comment',
      async () => {
        mayWrite(ADA, GRACE);
        await review(GRACE, 'COMMENT');
      },
    ],
  ] as const)('is not that of %s', async (_, act) => {
    await act();
    expect(await decide()).toEqual({ kind: 'open' });
  });

  it('still is a review that its reviewer comments on, and one behind three pages of others', async () => {
    mayWrite(ADA, GRACE);
    for (let index = 0; index < 230; index += 1) await review(EVE, 'COMMENT');
    await review(GRACE, 'APPROVE');
    await review(GRACE, 'COMMENT');
    expect(await decide()).toEqual({ kind: 'review', reviewer: 'grace' });
  });

  it('is a line in the description where the owner alone may write', async () => {
    const reason = 'reviewed by hand';
    expect(await decide()).toEqual({ kind: 'alone', lines: [{ id: 'wildcard-iam', subject: 'dev', reason }] });
    mayWrite(GRACE);
    expect(await decide()).toEqual({ kind: 'open' });
  });

  it('is refused with the permission that is missing', async () => {
    const client = createGithubClient({
      token: github.token({ contents: 'read' }),
      apiUrl: github.url,
      repository: 'acme/models',
      reporter: { info: () => undefined, warning: () => undefined },
      secondMilliseconds: 1,
    });
    await expect(createPlanAcceptances(client, 'pull-request.yml').read(1)).rejects.toThrow('pull-requests: read');
  });
});
