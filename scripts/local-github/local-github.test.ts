import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { getOctokit } from '@actions/github';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type Actor, type LocalGithub, type LocalGithubEvent, type Permissions } from './index.ts';

const run = promisify(execFile);
const at = { owner: 'octo-org', repo: 'models' };
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };

let folder: string;
let github: LocalGithub;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'local-github-test-'));
});

afterEach(async () => {
  const broken = github.calls.filter(
    ({ status, problem }) => status === 500 && problem?.startsWith('injected') !== true,
  );
  await github.close();
  await rm(folder, { recursive: true });
  // Every response must match GitHub's description.
  expect(broken).toEqual([]);
});

const start = async (source?: string): Promise<void> => {
  github = await startLocalGithub({ logDirectory: folder, ...at, ...(source === undefined ? {} : { source }) });
};
const octokitWith = (permissions: Permissions | 'all', actor?: Actor) =>
  getOctokit(github.token(permissions, actor), { baseUrl: github.url });

describe('the local GitHub', () => {
  beforeEach(async () => await start());

  it('keeps deployments with the history of their statuses, newest first', async () => {
    const { rest, paginate } = octokitWith({ deployments: 'write' });
    const payload = { release: '0123456789ab' };
    const created = await rest.repos.createDeployment({
      ...at,
      ref: COMMIT,
      environment: 'dev',
      payload,
      required_contexts: [],
    });
    const { id } = created.data as { id: number };
    for (const state of ['queued', 'in_progress', 'success'] as const) {
      await rest.repos.createDeploymentStatus({ ...at, deployment_id: id, state, description: state });
    }
    const statuses = await paginate(rest.repos.listDeploymentStatuses, { ...at, deployment_id: id });
    expect(statuses.map(({ state }) => state)).toEqual(['success', 'in_progress', 'queued']);
    const { data } = await rest.repos.getDeployment({ ...at, deployment_id: id });
    expect(data).toMatchObject({ sha: COMMIT, environment: 'dev', task: 'deploy', payload });
  });

  it('sets older successes of an environment to inactive, except in production and other environments', async () => {
    const { rest } = octokitWith({ deployments: 'write' });
    const succeed = async (environment: string): Promise<number> => {
      const { data } = await rest.repos.createDeployment({ ...at, ref: COMMIT, environment });
      const { id } = data as { id: number };
      await rest.repos.createDeploymentStatus({ ...at, deployment_id: id, state: 'success', auto_inactive: true });
      return id;
    };
    const latest = async (deployment_id: number): Promise<string | undefined> =>
      (await rest.repos.listDeploymentStatuses({ ...at, deployment_id })).data[0]?.state;
    const [dev, staging, production] = [await succeed('dev'), await succeed('staging'), await succeed('production')];
    await succeed('dev');
    await succeed('production');
    expect([await latest(dev), await latest(staging), await latest(production)]).toEqual([
      'inactive',
      'success',
      'success',
    ]);
  });

  it('filters and paginates deployments', async () => {
    const { rest, paginate } = octokitWith({ deployments: 'write' });
    for (let index = 0; index < 7; index += 1) {
      await rest.repos.createDeployment({ ...at, ref: COMMIT, environment: index % 2 === 0 ? 'dev' : 'staging' });
    }
    const pages: number[] = [];
    for await (const page of paginate.iterator(rest.repos.listDeployments, {
      ...at,
      environment: 'dev',
      per_page: 3,
    })) {
      pages.push(page.data.length);
    }
    expect(pages).toEqual([3, 1]);
  });

  it('refuses calls beyond the permissions of a token, as GitHub does', async () => {
    const { rest } = octokitWith({ deployments: 'read' });
    await expect(rest.repos.createDeployment({ ...at, ref: COMMIT })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration') as string,
    });
    await expect(rest.issues.listForRepo(at)).rejects.toMatchObject({ status: 403 });
    expect((await rest.repos.listDeployments(at)).data).toEqual([]);
  });

  it('refuses unknown and revoked tokens', async () => {
    const token = github.token('all');
    const { rest } = getOctokit(token, { baseUrl: github.url });
    await rest.repos.get(at);
    github.revoke(token);
    await expect(rest.repos.get(at)).rejects.toMatchObject({ status: 401 });
  });

  it('denies that another repository exists', async () => {
    await expect(octokitWith('all').rest.repos.get({ owner: 'octo-org', repo: 'other' })).rejects.toMatchObject({
      status: 404,
    });
  });

  it.each([
    ['a member that GitHub does not know', { ref: COMMIT, enviroment: 'dev' }],
    ['a value of the wrong type', { ref: COMMIT, auto_merge: 'no' }],
    ['a missing member', {}],
  ])('refuses a request with %s', async (_, body) => {
    const { request } = octokitWith('all');
    const call = request('POST /repos/{owner}/{repo}/deployments', { ...at, ...body } as never);
    await expect(call).rejects.toMatchObject({ status: 422 });
  });

  it('creates, changes, minimises and deletes a comment', async () => {
    const { rest, graphql } = octokitWith({ issues: 'write' });
    const { data: issue } = await rest.issues.create({ ...at, title: 'drift', labels: ['drift'] });
    const { data: comment } = await rest.issues.createComment({ ...at, issue_number: issue.number, body: 'one' });
    expect(comment.user).toMatchObject({ login: 'github-actions[bot]', type: 'Bot' });
    await rest.issues.updateComment({ ...at, comment_id: comment.id, body: 'two' });
    await graphql(
      'mutation($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }',
      {
        id: comment.node_id,
      },
    );
    expect(github.state.comments).toMatchObject([{ body: 'two', minimized: 'OUTDATED' }]);
    await rest.issues.deleteComment({ ...at, comment_id: comment.id });
    expect((await rest.issues.listComments({ ...at, issue_number: issue.number })).data).toEqual([]);
  });

  it('refuses a body over the limit of GitHub', async () => {
    const { rest } = octokitWith({ issues: 'write' });
    await expect(rest.issues.create({ ...at, title: 'long', body: 'x'.repeat(65_537) })).rejects.toMatchObject({
      status: 422,
    });
  });

  it('injects a fault before or after a call', async () => {
    const { rest } = getOctokit(github.token({ issues: 'write' }), { baseUrl: github.url, retry: { enabled: false } });
    const create = async () => await rest.issues.create({ ...at, title: 'drift' });
    github.faults.push(
      { kind: 'secondary-rate-limit', retryAfterSeconds: 1, operation: 'issues/create', times: 1 },
      { kind: 'connection-reset', operation: 'issues/create', times: 1, afterwards: true },
    );
    await expect(create()).rejects.toMatchObject({ status: 403, response: { headers: { 'retry-after': '1' } } });
    await expect(create()).rejects.toThrow();
    expect(github.state.issues).toHaveLength(1);
    await create();
    expect(github.state.issues).toHaveLength(2);
  });

  it('signs tokens for jobs with the claims that it was given', async () => {
    const request = github.oidc.allow({ sub: 'repo:octo-org/models:environment:dev', repository_owner: 'octo-org' });
    const response = await fetch(`${request.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=sts.amazonaws.com`, {
      headers: { authorization: `bearer ${request.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
    });
    const { value } = (await response.json()) as { value: string };
    const keys = createRemoteJWKSet(new URL(`${github.serverUrl}/oidc/.well-known/jwks`));
    const { payload } = await jwtVerify(value, keys, {
      issuer: `${github.serverUrl}/oidc`,
      audience: 'sts.amazonaws.com',
    });
    expect(payload.sub).toBe('repo:octo-org/models:environment:dev');
  });

  it('lists the runs of a workflow for a commit, newest first, and says who a token is', async () => {
    const run = { path: '.github/workflows/pull-request.yml', name: 'Pull request', event: 'pull_request', actor: ADA };
    const at10 = { createdAt: '2026-01-31T10:00:00Z', updatedAt: '2026-01-31T10:00:00Z', headBranch: 'topic' };
    github.state.workflowRuns.push(
      { ...run, ...at10, id: 1, headSha: COMMIT, status: 'completed', conclusion: 'failure' },
      { ...run, ...at10, id: 2, headSha: COMMIT, status: 'completed', conclusion: 'success' },
      { ...run, ...at10, id: 3, headSha: COMMIT.replace('0', '1'), status: 'in_progress', conclusion: null },
      {
        ...run,
        ...at10,
        id: 4,
        headSha: COMMIT,
        path: '.github/workflows/deploy.yml',
        status: 'queued',
        conclusion: null,
      },
    );
    const { rest, graphql } = octokitWith({ actions: 'read' });
    const { data } = await rest.actions.listWorkflowRuns({ ...at, workflow_id: 'pull-request.yml', head_sha: COMMIT });
    expect(data.workflow_runs.map(({ id }) => id)).toEqual([2, 1]);
    expect(await graphql('query { viewer { login } }')).toEqual({ viewer: { login: 'github-actions[bot]' } });
  });

  it('lists the jobs of a run with their steps, a page at a time', async () => {
    const job = { name: 'Check', conclusion: 'success', steps: [{ name: 'npm test', conclusion: 'success' }] } as const;
    github.state.workflowRuns.push({
      ...{ id: 1, path: '.github/workflows/pull-request.yml', name: 'Pull request', event: 'pull_request', actor: ADA },
      ...{ createdAt: '2026-01-31T10:00:00Z', updatedAt: '2026-01-31T10:00:00Z', headBranch: 'topic', headSha: COMMIT },
      ...{ status: 'completed', conclusion: 'failure' },
      jobs: [job, { ...job, name: 'Gate', conclusion: 'failure' }],
    });
    const { rest } = octokitWith({ actions: 'read' });
    const { data } = await rest.actions.listJobsForWorkflowRun({ ...at, run_id: 1, per_page: 1, page: 2 });
    expect(data).toMatchObject({
      total_count: 2,
      jobs: [{ name: 'Gate', conclusion: 'failure', steps: [{ name: 'npm test', conclusion: 'success', number: 1 }] }],
    });
    await expect(rest.actions.listJobsForWorkflowRun({ ...at, run_id: 2 })).rejects.toThrow('Not Found');
  });

  it('lists and downloads the artifacts of a run, and says who approves in an environment', async () => {
    const { rest } = octokitWith({ actions: 'read' });
    const bytes = Buffer.from('a zip archive');
    github.addArtifact(7, 'statement', async () => await Promise.resolve(bytes));
    github.addArtifact(8, 'other', async () => await Promise.resolve(Buffer.from('')));
    const { data } = await rest.actions.listWorkflowRunArtifacts({ ...at, run_id: 7 });
    expect(data.artifacts.map(({ name, expired }) => [name, expired])).toEqual([['statement', false]]);
    const { data: archive } = await rest.actions.downloadArtifact({
      ...{ ...at, artifact_id: data.artifacts[0]?.id ?? 0, archive_format: 'zip' },
    });
    expect(Buffer.from(archive as ArrayBuffer)).toEqual(bytes);
    await expect(rest.repos.getEnvironment({ ...at, environment_name: 'dev' })).rejects.toMatchObject({ status: 404 });
    github.environmentOf('dev');
    github.environmentOf('prod', [ADA]);
    const rules = async (environment_name: string): Promise<unknown> =>
      (await rest.repos.getEnvironment({ ...at, environment_name })).data.protection_rules;
    expect(await rules('dev')).toEqual([]);
    expect(await rules('prod')).toMatchObject([
      { type: 'required_reviewers', reviewers: [{ type: 'User', reviewer: { login: 'ada' } }] },
    ]);
  });

  it('writes every call to its log', async () => {
    await octokitWith('all').rest.repos.get(at);
    await expect
      .poll(async () => await readFile(path.join(folder, 'github.jsonl'), 'utf8'))
      .toContain('"actor":"github-actions[bot]","operation":"repos/get","status":200');
  });
});

describe('the local GitHub with a Git repository', () => {
  let source: string;
  let events: LocalGithubEvent[];
  const git = async (cwd: string, ...argv: string[]): Promise<string> =>
    (
      await run('git', argv, {
        cwd,
        env: {
          ...process.env,
          ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' },
          ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org', GIT_TERMINAL_PROMPT: '0' },
        },
      })
    ).stdout.trim();
  const cloneWith = async (permissions: Permissions | 'all', actor?: Actor): Promise<string> => {
    const url = github.cloneUrl.replace('://', `://x-access-token:${github.token(permissions, actor)}@`);
    await git(folder, 'clone', '--quiet', url, 'clone');
    return path.join(folder, 'clone');
  };

  beforeEach(async () => {
    source = path.join(folder, 'source');
    await run('git', ['init', '--quiet', '--initial-branch=main', source]);
    await writeFile(path.join(source, 'README.md'), 'one\n');
    await git(source, 'add', '.');
    await git(source, 'commit', '--quiet', '-m', 'First');
    await start(source);
    events = [];
    github.onEvent((event) => events.push(event));
  });

  it('serves clones and pushes, and emits push events', async () => {
    const clone = await cloneWith({ contents: 'write' }, ADA);
    await writeFile(path.join(clone, 'README.md'), 'two\n');
    await git(clone, 'commit', '--quiet', '-am', 'Second');
    await git(clone, 'push', '--quiet', 'origin', 'main');
    const head = await git(clone, 'rev-parse', 'HEAD');
    expect(await github.git.resolve('main')).toBe(head);
    expect(events).toMatchObject([{ name: 'push', ref: 'refs/heads/main', sha: head, actor: ADA }]);
  });

  it('refuses a push with a read-only token, and a clone with a token without contents', async () => {
    const clone = await cloneWith({ contents: 'read' });
    await git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'Second');
    await expect(git(clone, 'push', '--quiet', 'origin', 'main')).rejects.toThrow(/403/);
    await rm(clone, { recursive: true });
    await expect(cloneWith({ issues: 'write' })).rejects.toThrow(/403/);
  });

  it('takes a pull request from its branch to its merge', async () => {
    const { rest, paginate } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.git.createRef({ ...at, ref: 'refs/heads/promote/dev', sha: base });
    const { data: file } = await rest.repos.getContent({ ...at, path: 'README.md', ref: 'promote/dev' });
    await rest.repos.createOrUpdateFileContents({
      ...at,
      path: 'README.md',
      branch: 'promote/dev',
      message: 'Promote',
      content: Buffer.from('promoted\n').toString('base64'),
      sha: (file as { sha: string }).sha,
    });
    const { data: pull } = await rest.pulls.create({
      ...at,
      head: 'promote/dev',
      base: 'main',
      title: 'Promote to dev',
    });
    expect(pull).toMatchObject({ mergeable: true, changed_files: 1, commits: 1, additions: 1, deletions: 1 });
    expect(await github.git.resolve(`refs/pull/${pull.number}/merge`)).toBeDefined();
    const files = await paginate(rest.pulls.listFiles, { ...at, pull_number: pull.number });
    expect(files.map(({ filename, status }) => [filename, status])).toEqual([['README.md', 'modified']]);
    const { data: merge } = await rest.pulls.merge({
      ...at,
      pull_number: pull.number,
      merge_method: 'squash',
      sha: pull.head.sha,
    });
    expect(await github.git.git(['show', `${merge.sha}:README.md`])).toBe('promoted\n');
    expect(events.map(({ name, action }) => (action === undefined ? name : `${name}.${action}`))).toEqual([
      'push',
      'push',
      'pull_request.opened',
      'pull_request.closed',
      'push',
    ]);
    const { data: found } = await rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: merge.sha });
    expect(found.map(({ number }) => number)).toEqual([pull.number]);
  });

  it('merges by rebase: each commit anew, with its author, and the pull request is known by all of them', async () => {
    const { rest } = octokitWith('all', ADA);
    const before = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.git.createRef({ ...at, ref: 'refs/heads/topic', sha: before });
    for (const name of ['one', 'two']) {
      const content = Buffer.from(name).toString('base64');
      await rest.repos.createOrUpdateFileContents({ ...at, path: name, branch: 'topic', message: name, content });
    }
    const { data: pull } = await rest.pulls.create({ ...at, head: 'topic', base: 'main', title: 'Two commits' });
    const { data: merge } = await rest.pulls.merge({ ...at, pull_number: pull.number, merge_method: 'rebase' });
    const commits = await github.git.log([`${before}..main`]);
    expect(commits.map(({ message, parents }) => [message.trim(), parents.length])).toEqual([
      ['two', 1],
      ['one', 1],
    ]);
    expect(commits[0]?.sha).toBe(merge.sha);
    expect(await github.git.git(['ls-tree', '--name-only', merge.sha])).toMatch(/one[^]*two/);
    for (const { sha } of commits) {
      const { data: found } = await rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: sha });
      expect(found.map(({ number }) => number)).toEqual([pull.number]);
    }
  });

  it('refuses a pull request without changes, or a second one from the same branch', async () => {
    const { rest } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.git.createRef({ ...at, ref: 'refs/heads/topic', sha: base });
    const open = async () => await rest.pulls.create({ ...at, head: 'topic', base: 'main', title: 'Topic' });
    await expect(open()).rejects.toThrow(/No commits between main and topic/);
    await rest.repos.createOrUpdateFileContents({
      ...at,
      path: 'new.txt',
      branch: 'topic',
      message: 'New',
      content: '',
    });
    await open();
    await expect(open()).rejects.toThrow(/A pull request already exists for octo-org:topic/);
  });

  it('reports a conflicting pull request and does not merge it', async () => {
    const { rest } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.git.createRef({ ...at, ref: 'refs/heads/topic', sha: base });
    const { data: file } = await rest.repos.getContent({ ...at, path: 'README.md' });
    for (const [branch, text] of [
      ['topic', 'theirs\n'],
      ['main', 'ours\n'],
    ] as const) {
      await rest.repos.createOrUpdateFileContents({
        ...{ ...at, branch, path: 'README.md', message: text, sha: (file as { sha: string }).sha },
        content: Buffer.from(text).toString('base64'),
      });
    }
    const { data: pull } = await rest.pulls.create({ ...at, head: 'topic', base: 'main', title: 'Topic' });
    expect(pull.mergeable).toBe(false);
    await expect(rest.pulls.merge({ ...at, pull_number: pull.number })).rejects.toMatchObject({ status: 405 });
  });

  it('emits synchronize for a push to an open pull request, and closes it when its branch is deleted', async () => {
    const { rest } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.git.createRef({ ...at, ref: 'refs/heads/topic', sha: base });
    const commit = async (file: string) =>
      await rest.repos.createOrUpdateFileContents({ ...at, path: file, branch: 'topic', message: file, content: '' });
    await commit('a.txt');
    const { data: pull } = await rest.pulls.create({ ...at, head: 'topic', base: 'main', title: 'Topic' });
    await commit('b.txt');
    await rest.git.deleteRef({ ...at, ref: 'heads/topic' });
    const actions = events.flatMap(({ name, action }) => (name === 'pull_request' ? [action] : []));
    expect(actions).toEqual(['opened', 'synchronize', 'closed']);
    expect((await rest.pulls.get({ ...at, pull_number: pull.number })).data.state).toBe('closed');
  });

  it('compares commits, and lists those of a path', async () => {
    const { rest } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.repos.createOrUpdateFileContents({ ...at, path: 'a/b.txt', message: 'Add', content: '' });
    const { data } = await rest.repos.compareCommits({ ...at, base, head: 'main' });
    expect(data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      behind_by: 0,
      files: [{ filename: 'a/b.txt', status: 'added' }],
    });
    const { data: commits } = await rest.repos.listCommits({ ...at, path: 'a/b.txt' });
    expect(commits.map(({ commit }) => commit.message)).toEqual(['Add']);
    const { data: folderContent } = await rest.repos.getContent({ ...at, path: 'a' });
    expect(folderContent).toMatchObject([{ name: 'b.txt', type: 'file' }]);
  });

  it('refuses an update that is no fast-forward, unless forced', async () => {
    const { rest } = octokitWith('all', ADA);
    const base = (await rest.git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
    await rest.repos.createOrUpdateFileContents({ ...at, path: 'a.txt', message: 'Add', content: '' });
    await expect(rest.git.updateRef({ ...at, ref: 'heads/main', sha: base })).rejects.toThrow(/not a fast forward/);
    await rest.git.updateRef({ ...at, ref: 'heads/main', sha: base, force: true });
    expect(await github.git.resolve('main')).toBe(base);
  });

  it('starts a workflow only when its file exists', async () => {
    const { rest } = octokitWith({ actions: 'write', contents: 'write' });
    const dispatch = async () =>
      await rest.actions.createWorkflowDispatch({
        ...at,
        workflow_id: 'rollback.yml',
        ref: 'main',
        inputs: { environment: 'dev' },
      });
    await expect(dispatch()).rejects.toMatchObject({ status: 404 });
    await rest.repos.createOrUpdateFileContents({
      ...at,
      path: '.github/workflows/rollback.yml',
      message: 'Add',
      content: '',
    });
    await dispatch();
    expect(events.at(-1)).toMatchObject({ name: 'workflow_dispatch', payload: { inputs: { environment: 'dev' } } });
  });
});
