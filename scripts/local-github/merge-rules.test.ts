import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { getOctokit } from '@actions/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type Actor, type LocalGithub, type Permissions } from './index.ts';

const run = promisify(execFile);
const at = { owner: 'octo-org', repo: 'models' };
const person = (login: string, id: number): Actor => ({ login, id, type: 'User', startsWorkflows: true });
const [ADA, GRACE, LINUS] = [person('ada', 7), person('grace', 8), person('linus', 9)];

describe('the rules of a branch', () => {
  let folder: string;
  let github: LocalGithub;
  let head: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'merge-rules-test-'));
    const source = path.join(folder, 'source');
    const git = async (...argv: string[]): Promise<void> => {
      await run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...argv], { cwd: source });
    };
    await mkdir(source);
    await git('init', '--quiet', '--initial-branch=main');
    await writeFile(path.join(source, 'a.txt'), 'a');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'First');
    const rules = { requiredApprovals: 1, dismissStaleApprovals: true, requiredChecks: ['Gate'] };
    github = await startLocalGithub({ logDirectory: folder, ...at, source, rules });
    await as(ADA).git.createRef({ ...at, ref: 'refs/heads/topic', sha: (await github.git.resolve('main')) ?? '' });
    head = await change('b');
    await as(ADA).pulls.create({ ...at, head: 'topic', base: 'main', title: 'Topic' });
  });

  afterEach(async () => {
    const broken = github.calls.filter(({ status }) => status === 500);
    await github.close();
    await rm(folder, { recursive: true });
    // Every response must match GitHub's description.
    expect(broken).toEqual([]);
  });

  const as = (actor: Actor) => getOctokit(github.token('all', actor), { baseUrl: github.url }).rest;
  const asJob = (permissions: Permissions) => getOctokit(github.token(permissions), { baseUrl: github.url }).rest;
  const change = async (file: string): Promise<string> => {
    const content = Buffer.from('x').toString('base64');
    const { data } = await as(ADA).repos.createOrUpdateFileContents({
      ...{ ...at, path: file, branch: 'topic', message: file, content },
    });
    return data.commit.sha ?? '';
  };
  const merge = async (): Promise<string> => {
    try {
      return (await as(ADA).pulls.merge({ ...at, pull_number: 1 })).data.message;
    } catch (error) {
      return `${String(Reflect.get(Object(error), 'status'))}: ${error instanceof Error ? error.message : ''}`;
    }
  };
  const review = async (actor: Actor, event: 'APPROVE' | 'REQUEST_CHANGES'): Promise<void> => {
    await as(actor).pulls.createReview({ ...at, pull_number: 1, event, body: 'seen' });
  };
  const stateOf = async () => (await as(ADA).pulls.get({ ...at, pull_number: 1 })).data.mergeable_state;

  it('merges a pull request when it is approved and its gate has passed, and names unmet rules before', async () => {
    const missing = await merge();
    expect(missing).toMatch(/^405: Repository rule violations found/);
    expect(missing).toContain('At least 1 approving review is required by reviewers with write access.');
    expect(missing).toContain('Required status check "Gate" is expected.');
    expect(await stateOf()).toBe('blocked');
    const gate = github.startCheck('Gate', head, github.serverUrl);
    await review(GRACE, 'APPROVE');
    expect(await merge()).toMatch(/"Gate" is in progress/);
    gate.finish('failure');
    expect(await merge()).toMatch(/"Gate" is failing/);
    github.startCheck('Gate', head, github.serverUrl).finish('success');
    expect(await stateOf()).toBe('clean');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('counts a skipped gate as passed, as GitHub does, and a status as well as a check', async () => {
    await review(GRACE, 'APPROVE');
    const { repos } = asJob({ statuses: 'write' });
    await repos.createCommitStatus({ ...at, sha: head, state: 'pending', context: 'Gate' });
    expect(await merge()).toMatch(/"Gate" is pending/);
    github.startCheck('Gate', head, github.serverUrl).finish('skipped');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('dismisses an approval on a push, and requires the checks of the new commit', async () => {
    await review(GRACE, 'APPROVE');
    github.startCheck('Gate', head, github.serverUrl).finish('success');
    await change('c');
    const message = await merge();
    expect(message).toContain('At least 1 approving review');
    expect(message).toContain('"Gate" is expected');
  });

  it('blocks a merge while changes are requested, until that reviewer approves', async () => {
    github.startCheck('Gate', head, github.serverUrl).finish('success');
    await review(GRACE, 'APPROVE');
    await review(LINUS, 'REQUEST_CHANGES');
    expect(await merge()).toMatch(/Changes have been requested/);
    await review(LINUS, 'APPROVE');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('refuses the approval of an author, and pushes to the protected branch', async () => {
    await expect(review(ADA, 'APPROVE')).rejects.toMatchObject({ status: 422 });
    const content = Buffer.from('x').toString('base64');
    const put = as(ADA).repos.createOrUpdateFileContents({
      ...{ ...at, path: 'x', branch: 'main', message: 'x', content },
    });
    await expect(put).rejects.toMatchObject({ status: 409 });
    const source = path.join(folder, 'source');
    const token = Buffer.from(`x-access-token:${github.token('all', ADA)}`).toString('base64');
    const push = async (ref: string): Promise<unknown> =>
      await run(
        'git',
        ['-c', `http.extraheader=authorization: basic ${token}`, 'push', github.cloneUrl, `HEAD~0:refs/heads/${ref}`],
        { cwd: source },
      );
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    await run('git', [...identity, 'commit', '--quiet', '--allow-empty', '-m', 'Past'], { cwd: source });
    await expect(push('main')).rejects.toThrow(/GH013: Repository rule violations|pre-receive hook declined/);
    await push('other');
  });

  it('serves check runs and statuses by permission, and lets jobs create them', async () => {
    const { checks, repos } = asJob({ checks: 'write', statuses: 'write' });
    const { data } = await checks.create({ ...at, name: 'Scan', head_sha: head, status: 'in_progress' });
    await checks.update({ ...at, check_run_id: data.id, conclusion: 'failure', output: { title: 'T', summary: 'S' } });
    await checks.create({ ...at, name: 'Scan', head_sha: head, conclusion: 'success', status: 'completed' });
    github.startCheck('Gate', head, github.serverUrl);
    const latest = await asJob({ checks: 'read' }).checks.listForRef({ ...at, ref: 'topic' });
    expect(latest.data.check_runs.map(({ name, status, conclusion }) => [name, status, conclusion])).toEqual([
      ['Scan', 'completed', 'success'],
      ['Gate', 'in_progress', null],
    ]);
    const all = await checks.listForRef({ ...at, ref: head, filter: 'all', check_name: 'Scan' });
    expect(all.data.check_runs.map(({ output }) => output.summary)).toEqual(['S', null]);
    await repos.createCommitStatus({ ...at, sha: head, state: 'success', context: 'lint' });
    await repos.createCommitStatus({ ...at, sha: head, state: 'failure', context: 'lint' });
    expect((await repos.getCombinedStatusForRef({ ...at, ref: head })).data).toMatchObject({ state: 'failure' });
    expect((await repos.listCommitStatusesForRef({ ...at, ref: head })).data).toHaveLength(2);
    const refused = asJob({ contents: 'write' });
    await expect(refused.checks.listForRef({ ...at, ref: head })).rejects.toMatchObject({ status: 403 });
    await expect(refused.repos.createCommitStatus({ ...at, sha: head, state: 'success' })).rejects.toMatchObject({
      status: 403,
    });
    await expect(as(ADA).checks.create({ ...at, name: 'x', head_sha: head })).rejects.toMatchObject({ status: 403 });
  });
});
