import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { getOctokit } from '@actions/github';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePlanRepository, PLAN_KEY, type PlanRepository } from '../../../actions/lib/testing/plan-repository.ts';
import { describeWithTool } from '../../testing/tools.ts';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import { expectExit, runAction, type ActionResult } from '../../testing/run-action.ts';

const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const at = { owner: 'acme', repo: 'models' };
const RUN_ID = 10;
const ONE = 'resource "terraform_data" "one" { input = "first" }\n';

describeWithTool(['terraform', 'git'], 'a change, from its plan to its apply, by the bundles', () => {
  let folder: string;
  let repository: PlanRepository;
  let github: LocalGithub;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'review-'));
    repository = makePlanRepository(ONE);
    github = await startLocalGithub({ logDirectory: path.join(folder, 'github'), ...at, source: repository.root });
  });

  afterAll(async () => {
    await github.close();
    repository.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function act(action: string, inputs: Record<string, string>): Promise<ActionResult> {
    return await runAction({
      action,
      inputs,
      workspace: repository.root,
      environment: {
        ...github.environment,
        GITHUB_RUN_ID: String(RUN_ID),
        GITHUB_SHA: repository.git('rev-parse', 'HEAD'),
        GITHUB_EVENT_NAME: 'pull_request',
      },
      logDirectory: path.join(folder, 'actions'),
      signal: new AbortController().signal,
    });
  }

  it('is planned, shown in one comment, found again after the merge, and applied as it was reviewed', async () => {
    const { rest } = getOctokit(github.token('all', ADA), { baseUrl: github.url });
    const base = repository.git('rev-parse', 'HEAD');
    const first = await act('terraform-apply', { environment: 'dev', 'allow-unreviewed': 'true', 'previous-sha': '' });
    expectExit(first, 0);

    repository.git('switch', '--quiet', '--create', 'change');
    repository.write('environments/dev/main.tf', `${ONE}resource "terraform_data" "two" { input = "second" }\n`);
    const head = repository.commit('Add a resource');
    const remote = new URL(github.cloneUrl);
    [remote.username, remote.password] = ['ada', github.token('all', ADA)];
    const git = async (...argv: string[]): Promise<void> => {
      // Not synchronously: the server at the other end lives in this very process.
      await promisify(execFile)('git', argv, { cwd: repository.root, timeout: 20_000 });
    };
    await git('push', '--quiet', remote.href, 'change');
    const { data: pull } = await rest.pulls.create({ ...at, title: 'Change', head: 'change', base: 'main' });

    const plan = await act('terraform-plan', {
      environment: 'dev',
      'head-sha': head,
      'base-sha': base,
      'plan-key': PLAN_KEY,
      'output-directory': path.join(folder, 'plan'),
    });
    expectExit(plan, 0);
    expect(plan.outputs['outcome']).toBe('changes');

    const comment = async (): Promise<ActionResult> =>
      await act('plan-comment', {
        mode: 'render',
        'pull-request': String(pull.number),
        'summaries-directory': plan.outputs['summary-directory'] ?? '',
        environments: '["dev"]',
        'head-sha': head,
        'base-sha': base,
        'base-branch': 'main',
        'github-token': github.token({ 'pull-requests': 'write', actions: 'read' }),
      });
    const created = await comment();
    expectExit(created, 0);
    expect(created.outputs['state']).toBe('created');
    expect((await comment()).outputs['state']).toBe('unchanged');
    const { data: comments } = await rest.issues.listComments({ ...at, issue_number: pull.number });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('terraform_data.two');
    expect(comments[0]?.user?.login).toBe('github-actions[bot]');

    github.state.workflowRuns.push({
      id: RUN_ID,
      name: 'Pull request',
      path: '.github/workflows/pull-request.yml',
      event: 'pull_request',
      headSha: head,
      headBranch: 'change',
      actor: ADA,
      createdAt: '2026-01-31T10:00:00Z',
      updatedAt: '2026-01-31T10:00:00Z',
      status: 'completed',
      conclusion: 'success',
    });
    const { data: merge } = await rest.pulls.merge({ ...at, pull_number: pull.number, merge_method: 'squash' });
    await git('fetch', '--quiet', remote.href, 'main');
    repository.git('switch', '--quiet', '--detach', merge.sha);

    const reviewed = await act('reviewed-plan', {
      environment: 'dev',
      branch: 'main',
      sha: merge.sha,
      'github-token': github.token({ actions: 'read', 'pull-requests': 'read', contents: 'read' }),
    });
    expectExit(reviewed, 0);
    expect(reviewed.outputs).toMatchObject({
      found: 'true',
      'pull-request': String(pull.number),
      'head-sha': head,
      'run-id': String(RUN_ID),
    });

    const applied = await act('terraform-apply', {
      environment: 'dev',
      'envelope-file': plan.outputs['envelope-file'] ?? '',
      'plan-key': PLAN_KEY,
      'reviewed-head-sha': reviewed.outputs['head-sha'] ?? '',
      'reviewed-run-id': reviewed.outputs['run-id'] ?? '',
      'previous-sha': base,
    });
    expectExit(applied, 0);
    expect(applied.outputs).toMatchObject({ outcome: 'applied', 'applied-plan': 'reviewed' });
  }, 120_000);
});
