import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { startAction } from '../../scripts/testing/start-action.ts';

const HEAD = 'a'.repeat(40);
const COMPARISON = `Compare ${HEAD} with ${'b'.repeat(40)}`;
const JOBS = ['Check content', 'Check the product'];

describe('passed-checks', () => {
  let folder: string;
  let github: LocalGithub;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'passed-checks-'));
    github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models' });
  });
  afterEach(async () => {
    await github.close();
    await rm(folder, { recursive: true });
  });

  type Result = 'success' | 'failure' | 'cancelled';
  interface Earlier {
    readonly event?: string;
    readonly path?: string;
    readonly headSha?: string;
    readonly comparison?: string;
    readonly compared?: Result;
    readonly jobs?: Readonly<Record<string, Result>>;
  }
  const PASSED = { 'Check content': 'success', 'Check the product': 'success' } as const;
  const add = (id: number, { jobs = PASSED, comparison = COMPARISON, compared = 'success', ...run }: Earlier): void => {
    const at = '2026-01-31T10:00:00Z';
    github.state.workflowRuns.push({
      ...{ id, name: 'Pull request', path: '.github/workflows/pull-request.yml', event: 'pull_request', headSha: HEAD },
      ...{ headBranch: 'topic', createdAt: at, updatedAt: at, status: 'completed', conclusion: 'failure' },
      actor: { login: 'ada', id: 7, type: 'User', startsWorkflows: true },
      ...run,
      jobs: [
        { name: 'Choose the checks', conclusion: compared, steps: [{ name: comparison, conclusion: compared }] },
        ...Object.entries(jobs).map(([name, conclusion]) => ({ name, conclusion, steps: [] })),
        { name: 'Gate', conclusion: 'failure', steps: [] },
      ],
    });
  };
  const ask = async (permissions: Parameters<LocalGithub['token']>[0] = { actions: 'read' }) =>
    await startAction(
      'passed-checks',
      {
        ...{ workflow: 'pull-request.yml', 'head-sha': HEAD, comparison: COMPARISON, jobs: JSON.stringify(JOBS) },
        'github-token': github.token(permissions),
      },
      github.environment,
    ).ended;

  it('finds the newest run that passed all the jobs, though the run itself failed', async () => {
    add(1, {});
    add(2, {});
    add(3, { jobs: {} });
    expect((await ask()).outputs).toEqual({ passed: 'true', 'run-id': '2' });
  });

  it.each<{ title: string; earlier: Earlier }>([
    { title: 'did not run a job', earlier: { jobs: { 'Check content': 'success' } } },
    { title: 'failed a job', earlier: { jobs: { ...PASSED, 'Check the product': 'failure' } } },
    { title: 'was cancelled in a job', earlier: { jobs: { ...PASSED, 'Check content': 'cancelled' } } },
    { title: 'compared with another base', earlier: { comparison: `Compare ${HEAD} with ${'c'.repeat(40)}` } },
    { title: 'did not finish the comparison', earlier: { compared: 'failure' } },
    { title: 'was for another head', earlier: { headSha: 'd'.repeat(40) } },
    { title: 'was of another workflow', earlier: { path: '.github/workflows/other.yml' } },
    { title: 'was started by a push', earlier: { event: 'push' } },
  ])('does not count a run that $title', async ({ earlier }) => {
    add(1, earlier);
    expect((await ask()).outputs).toEqual({ passed: 'false', 'run-id': '' });
  });

  it('does not add up jobs of two runs', async () => {
    add(1, { jobs: { 'Check content': 'success' } });
    add(2, { jobs: { 'Check the product': 'success' } });
    expect((await ask()).outputs['passed']).toBe('false');
  });

  it('fails where it may not read the runs, and names the permission', async () => {
    add(1, {});
    const { exitCode, log, outputs } = await ask({ contents: 'read' });
    expect([exitCode, outputs]).toEqual([1, {}]);
    expect(log).toContain('actions: read');
  });
});
