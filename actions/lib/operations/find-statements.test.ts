import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { describeWithTool } from '../../../scripts/testing/tools.ts';
import { createGit } from '../adapters/checkout/git.ts';
import { createGithubClient } from '../adapters/github/client.ts';
import { createHeadFetcher } from '../adapters/github/fetch-head.ts';
import { createPlanReviews } from '../adapters/github/plan-reviews.ts';
import { runProcess } from '../adapters/system/process.ts';
import type { UnappliedCommit } from '../domain/plan/review.ts';
import { statementArtifact, statementFile, type Statement } from '../domain/plan/statement.ts';
import { makePlanRepository, type PlanRepository } from '../testing/plan-repository.ts';
import { findStatements } from './find-statements.ts';

const FILE = 'environments/dev/environment.json';
const ADA = { login: 'ada', id: 7, type: 'User', startsWorkflows: true } as const;

/** A pull request in the local GitHub, and the run that planned it. */
interface Proposed {
  readonly number: number;
  readonly head: string;
  readonly base: string;
}

/** A run in the local GitHub's state; it is what GitHub says, whatever a statement says. */
type Run = LocalGithub['state']['workflowRuns'][number];

describeWithTool('git', 'the statements of pull requests, against a local GitHub', () => {
  let folder: string;
  let repository: PlanRepository;
  let github: LocalGithub;
  let first: string;
  let tests = 0;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'find-statements-'));
    repository = makePlanRepository('# main\n');
    github = await startLocalGithub({ logDirectory: folder, owner: 'acme', repo: 'models', source: repository.root });
  });

  // Each test goes on from what main is by then.
  beforeEach(() => {
    first = repository.git('rev-parse', 'HEAD');
    tests += 1;
  });

  afterAll(async () => {
    await github.close();
    repository.remove();
    await rm(folder, { recursive: true });
  });

  const call = async (method: string, url: string, body: object): Promise<{ number: number; sha: string }> => {
    const response = await fetch(`${github.url}/repos/acme/models/${url}`, {
      method,
      headers: { authorization: `token ${github.token('all', ADA)}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${text}`);
    return JSON.parse(text) as { number: number; sha: string };
  };

  const nameOf = (branch: string): string => `${branch}-${String(tests)}`;
  const push = (name: string, from: string, files: Readonly<Record<string, string>>): string => {
    const branch = nameOf(name);
    repository.git('checkout', '--quiet', '-B', branch, from);
    for (const [file, text] of Object.entries(files)) repository.write(file, text);
    repository.git('add', '--force', '--all');
    const head = repository.commit(branch);
    repository.git('push', '--quiet', '--force', github.git.directory, `HEAD:refs/heads/${branch}`);
    return head;
  };

  const propose = async (
    branch: string,
    files: Readonly<Record<string, string>> = { [FILE]: `{ "of": "${nameOf(branch)}" }\n` },
    base = 'main',
    from = first,
  ): Promise<Proposed> => {
    const head = push(branch, from, files);
    const { number } = await call('POST', 'pulls', { head: nameOf(branch), base, title: branch });
    return { number, head, base: from };
  };

  const merge = async ({ number }: Proposed, method = 'squash'): Promise<string> => {
    const { sha } = await call('PUT', `pulls/${String(number)}/merge`, { merge_method: method });
    repository.git('fetch', '--quiet', github.git.directory, 'refs/heads/main');
    repository.git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
    // As in a job's checkout: what no branch leads to is not there.
    for (const branch of repository.git('branch', '--format=%(refname:short)').split('\n'))
      if (!branch.startsWith('(')) repository.git('branch', '--quiet', '-D', branch);
    return sha;
  };

  let runs = 0;
  const plan = ({ number, head, base }: Proposed, run: Partial<Run> = {}, says: Partial<Statement> = {}): Run => {
    runs += 1;
    const { headRef = '' } = github.state.issues.find((issue) => issue.number === number)?.pull ?? {};
    const at = new Date(Date.UTC(2026, 0, 1, 0, runs)).toISOString();
    const added: Run = {
      ...{ id: 100 + runs, name: 'Pull request', path: '.github/workflows/pull-request.yml', event: 'pull_request' },
      ...{ headSha: head, headBranch: headRef, actor: ADA, createdAt: at, updatedAt: at, attempt: 1 },
      ...{ status: 'completed', conclusion: 'success' },
      ...run,
    };
    github.state.workflowRuns.push(added);
    const statement: Statement = {
      ...{ format: 1, environment: 'dev', pullRequest: number, headSha: head, baseSha: base },
      ...{ run: { id: added.id, attempt: added.attempt ?? 1 }, terraformVersion: '1.11.4' },
      ...{ sourcesDigest: 'b'.repeat(64), lockFileDigest: null, meaning: { live: 'shown', changes: [] } },
      ...says,
    };
    upload(added.id, statementArtifact('dev', statement.run.attempt), JSON.stringify(statement));
    return added;
  };
  const upload = (run: number, name: string, text: string): void => {
    github.addArtifact(
      run,
      name,
      async () => await Promise.resolve(zipSync({ 'dev.txt': strToU8('plan'), [statementFile('dev')]: strToU8(text) })),
    );
  };

  const find = async (since: string | undefined = first): Promise<readonly UnappliedCommit[]> => {
    const reporter = { info: () => undefined, warning: () => undefined };
    const token = github.token({ contents: 'read', 'pull-requests': 'read', actions: 'read' });
    const client = createGithubClient({ apiUrl: github.url, repository: 'acme/models', token, reporter });
    const repositoryUrl = `${github.serverUrl}/acme/models`;
    const environment = {
      ...{ name: 'dev', service: 'scoring', promotionOrder: 1, account: '210987654321', region: 'eu-west-1' },
      sources: ['environments/dev', 'terraform/modules'],
    };
    return await findStatements(
      { environment, since, head: 'HEAD', branch: 'main', workflow: 'pull-request.yml' },
      {
        git: createGit(runProcess, repository.root),
        reviews: createPlanReviews(client),
        fetchHead: createHeadFetcher(runProcess, repository.root, { repositoryUrl, token, environment: process.env }),
      },
    );
  };
  /** By pull request the release that was shown, or why no statement counts. */
  const seen = async (): Promise<readonly string[]> =>
    (await find()).map(({ pullRequest, shown }) =>
      [pullRequest ?? 'none', typeof shown === 'string' ? shown : shown.meaning.live].join(': '),
    );

  it.each(['squash', 'merge'])('finds that of a pull request that was merged by %s', async (method) => {
    const proposed = await propose('one');
    plan(proposed);
    await merge(proposed, method);
    expect(await seen()).toEqual([`${String(proposed.number)}: shown`]);
  });

  it('finds those of several pull requests, the newest first, and none of what is applied', async () => {
    const one = await propose('one');
    plan(one, {}, { meaning: { live: 'one', changes: [] } });
    const merged = await merge(one);
    const two = await propose('two', undefined, undefined, merged);
    plan(two, {}, { meaning: { live: 'two', changes: [] } });
    await merge(two);
    expect(await seen()).toEqual([`${String(two.number)}: two`, `${String(one.number)}: one`]);
    expect(await find(merged)).toHaveLength(1);
  });

  it('passes by what touches another environment', async () => {
    const other = await propose('other', { 'environments/staging/environment.json': '{}\n', 'README.md': 'x\n' });
    await merge(other);
    expect(await seen()).toEqual([]);
  });

  it('ends at a commit that nobody proposed, and does not look behind it', async () => {
    const one = await propose('one');
    plan(one);
    const merged = await merge(one);
    repository.git('checkout', '--quiet', '--detach', merged);
    repository.write(FILE, '{ "of": "nobody" }\n');
    repository.commit('straight to main');
    repository.git('push', '--quiet', '--force', github.git.directory, 'HEAD:refs/heads/main');
    expect(await seen()).toEqual(['none: no pull request into main brought it']);
  });

  it.each([
    ['a bundle of an action', 'actions/dist/terraform-plan.js'],
    ['a workflow', '.github/workflows/pull-request.yml'],
    ['a Terraform file of the environment', 'environments/dev/main.tf'],
    ['a file of variables', 'environments/dev/smoke.auto.tfvars.json'],
    ['a Terraform file with a name of content', 'environments/dev/smoke.tf.json'],
    ['a provider lock file', 'environments/dev/.terraform.lock.hcl'],
    ["Terraform's own folder", 'environments/dev/.terraform/modules/modules.json'],
    ['a script', 'scripts/build.ts'],
  ])('counts nothing where the pull request changes %s: it could have forged it', async (_what, file) => {
    const forged = await propose('forged', { [FILE]: `{ "of": "${file}" }\n`, [file]: 'x\n' });
    plan(forged);
    await merge(forged);
    expect(await seen()).toEqual([expect.stringContaining(`(${file}), so its own code could have written`)]);
  });

  it('takes no run of another branch with the same head commit', async () => {
    const proposed = await propose('one');
    repository.git('push', '--quiet', github.git.directory, `${proposed.head}:refs/heads/${nameOf('twin')}`);
    await call('POST', 'pulls', { head: nameOf('twin'), base: 'main', title: 'twin' });
    plan(proposed, { headBranch: nameOf('twin') });
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining('no run of pull-request.yml planned its head')]);
  });

  it('takes no run of a branch that was proposed to another base too, whose code could be of anybody', async () => {
    repository.git('push', '--quiet', github.git.directory, `${first}:refs/heads/evil`);
    const proposed = await propose('one');
    await call('POST', 'pulls', { head: nameOf('one'), base: 'evil', title: 'the same, elsewhere' });
    plan(proposed);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining(`its branch ${nameOf('one')} was proposed to evil too`)]);
  });

  it.each<[string, Partial<Run>, string]>([
    ['another workflow', { path: '.github/workflows/own.yml' }, 'no run of pull-request.yml'],
    ['another event', { event: 'workflow_dispatch' }, 'no run of pull-request.yml'],
    ['a push', { event: 'push' }, 'no run of pull-request.yml'],
    ['a fork', { headRepository: 'mallory/models' }, 'no run of pull-request.yml'],
    ['an older head', { headSha: 'e'.repeat(40) }, 'no run of pull-request.yml'],
    ['a failure', { conclusion: 'failure' }, 'ended as failure'],
    ['a run that has not ended', { conclusion: null, status: 'in_progress' }, 'ended as nothing yet'],
  ])('takes no statement of %s', async (_what, run, reason) => {
    const proposed = await propose('one');
    plan(proposed, run);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining(reason)]);
  });

  it('does not fall back to an older run when the newest was cancelled', async () => {
    const proposed = await propose('one');
    plan(proposed);
    plan(proposed, { conclusion: 'cancelled' });
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining('ended as cancelled')]);
  });

  it('takes what was shown before the merge, whatever ran after it', async () => {
    const proposed = await propose('one');
    plan(proposed, {}, { meaning: { live: 'reviewed', changes: [] } });
    await merge(proposed);
    const after = new Date(Date.now() + 60_000).toISOString();
    plan(proposed, { createdAt: after }, { meaning: { live: 'never reviewed', changes: [] } });
    plan(proposed, { createdAt: after, conclusion: null, status: 'in_progress' });
    expect(await seen()).toEqual([`${String(proposed.number)}: reviewed`]);
  });

  it('takes no run that was run again after the merge, nor what a run uploaded after it', async () => {
    const again = await propose('again');
    const run = plan(again);
    await merge(again);
    run.attempt = 2;
    run.startedAt = new Date(Date.now() + 60_000).toISOString();
    expect(await seen()).toEqual([expect.stringContaining(`run ${String(run.id)} was run again after the merge`)]);
    first = repository.git('rev-parse', 'HEAD');
    const late = await propose('late');
    const { id } = plan(late);
    github.state.artifacts.splice(0);
    await merge(late);
    github.state.artifacts.push({
      ...{ id: 4711, name: statementArtifact('dev', 1), runId: id },
      createdAt: new Date(Date.now() + 60_000).toISOString(),
      archive: async () => await Promise.resolve(new Uint8Array()),
    });
    expect(await seen()).toEqual([expect.stringContaining('has no statement about dev from before the merge')]);
  });

  it.each<[string, Partial<Statement>, string]>([
    ['another environment', { environment: 'production' }, 'names the environment production, not dev'],
    ['another pull request', { pullRequest: 999 }, 'names the pull request 999'],
    ['another head', { headSha: 'd'.repeat(40) }, `names the head ${'d'.repeat(40)}`],
    ['another run', { run: { id: 4711, attempt: 1 } }, 'names the run 4711'],
    ['a base that is not of main', { baseSha: 'd'.repeat(40) }, 'which is not of main'],
  ])('takes no statement about %s', async (_what, says, reason) => {
    const proposed = await propose('one');
    plan(proposed, {}, says);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining(reason)]);
  });

  it('takes the statement of the newest attempt, and none that names another', async () => {
    const proposed = await propose('one');
    const run = plan(proposed, {}, { meaning: { live: 'older attempt', changes: [] } });
    run.attempt = 2;
    const older = github.state.artifacts.at(-1);
    const text = JSON.stringify({ ...(await statementIn(older)), run: { id: run.id, attempt: 1 } });
    upload(run.id, statementArtifact('dev', 2), text);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining('statement-dev-2 names the attempt 1')]);
  });

  it.each([
    ['{}', 'is not valid'],
    ['no JSON', 'is not JSON'],
    ['{"format":1,"__proto__":{"environment":"dev"}}', 'means different things to different readers'],
  ])('takes no file that is no statement: %s', async (text, reason) => {
    const proposed = await propose('one');
    const run = plan(proposed);
    github.state.artifacts.splice(0);
    upload(run.id, statementArtifact('dev', 1), text);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining(reason)]);
  });

  it('says that artifacts expire where there is none', async () => {
    const proposed = await propose('one');
    plan(proposed);
    github.state.artifacts.splice(0);
    await merge(proposed);
    expect(await seen()).toEqual([
      expect.stringContaining('has no statement about dev from before the merge (artifacts expire)'),
    ]);
  });

  it('takes no statement for a head that was pushed after it was planned, such as onto the branch of a bot', async () => {
    const proposed = await propose('promote');
    plan(proposed);
    const head = push('promote', proposed.head, { [FILE]: '{ "of": "somebody else" }\n' });
    await github.announcePush(`refs/heads/${nameOf('promote')}`, proposed.head, head, ADA);
    await merge(proposed);
    expect(await seen()).toEqual([expect.stringContaining(`no run of pull-request.yml planned its head ${head}`)]);
  });
});

async function statementIn(artifact: LocalGithub['state']['artifacts'][number] | undefined): Promise<object> {
  const { unzipSync, strFromU8 } = await import('fflate');
  const file = unzipSync((await artifact?.archive()) ?? new Uint8Array())[statementFile('dev')];
  return JSON.parse(strFromU8(file ?? new Uint8Array())) as object;
}
