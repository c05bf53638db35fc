import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { makePlanRepository, type PlanRepository } from '../../testing/plan-repository.ts';
import { createGithubClient, type GithubClient } from './client.ts';
import { createDriftIssues } from './drift-issues.ts';
import { createReleasePullRequests } from './pull-requests.ts';

let folder: string;
let repository: PlanRepository;
let github: LocalGithub;
let client: GithubClient;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'creations-'));
  repository = makePlanRepository('');
  github = await startLocalGithub({ logDirectory: folder, owner: 'acme', repo: 'models', source: repository.root });
  client = createGithubClient({
    token: github.token({ contents: 'write', issues: 'write', 'pull-requests': 'write' }),
    apiUrl: github.url,
    repository: 'acme/models',
    reporter: { info: () => undefined, warning: () => undefined },
    secondMilliseconds: 1,
  });
});

afterEach(async () => {
  await github.close();
  repository.remove();
  await rm(folder, { recursive: true, force: true });
});

// Whether GitHub has done the work before its answer is lost.
describe.each([true, false])('a lost answer (carried out: %s)', (afterwards) => {
  const lost = { kind: 'server-error', status: 502, afterwards, times: 1 } as const;

  it('leaves one drift issue, and one comment when it is closed', async () => {
    const issues = createDriftIssues(client);
    github.faults.push({ ...lost, operation: 'issues/create' }, { ...lost, operation: 'issues/create-comment' });
    const { number } = await issues.create('Drift in trial', 'body');
    await issues.close(number, 'gone');
    expect(github.state.issues).toMatchObject([{ number, state: 'closed' }]);
    expect(github.state.comments).toMatchObject([{ body: 'gone' }]);
  });

  it('leaves one branch with one commit, and one pull request', async () => {
    const pulls = createReleasePullRequests(client, 'main');
    github.faults.push({ ...lost, operation: 'git/create-ref' }, { ...lost, operation: 'pulls/create' });
    const base = await pulls.readBase('environments/dev/release.json');
    const change = { path: 'environments/dev/release.json', text: '{}\n', message: 'change' };
    await pulls.writeBranch({ ...change, branch: 'promote/dev/1', baseCommit: base.commit });
    const { number } = await pulls.create('promote/dev/1', 'Promote', 'body');
    expect(github.state.issues).toMatchObject([{ number, state: 'open' }]);
    expect((await github.git.git(['rev-list', '--count', 'main..promote/dev/1'])).trim()).toBe('1');
  });

  it('closes a pull request with one comment, and deletes its branch', async () => {
    const pulls = createReleasePullRequests(client, 'main');
    const { commit } = await pulls.readBase('environments/dev/release.json');
    const change = { path: 'environments/dev/release.json', text: '{}\n', message: 'change' };
    await pulls.writeBranch({ ...change, branch: 'promote/dev/1', baseCommit: commit });
    const pull = await pulls.create('promote/dev/1', 'Promote', 'body');
    github.faults.push({ ...lost, operation: 'issues/create-comment' }, { ...lost, operation: 'git/delete-ref' });
    await pulls.close(pull, 'Superseded by #2.');
    expect(github.state.issues).toMatchObject([{ number: pull.number, state: 'closed' }]);
    expect(github.state.comments).toHaveLength(1);
    expect((await github.git.git(['branch', '--list', 'promote/*'])).trim()).toBe('');
  });
});

it('names the setting where GitHub forbids Actions to open pull requests, and not a permission that the job has', async () => {
  const message = 'GitHub Actions is not permitted to create or approve pull requests.';
  github.faults.push({ kind: 'forbidden', message, operation: 'pulls/create', times: 1 });
  const opened = createReleasePullRequests(client, 'main').create('promote/dev/1', 'Promote', 'body');
  await expect(opened).rejects.toThrow(/remedy: {3}Set "Allow GitHub Actions to create and approve pull requests"/);
});
