import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGithubClient } from '../../actions/lib/adapters/github/client.ts';
import { readRepositorySettings } from '../../actions/lib/adapters/github/repository-settings.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { examine } from '../../actions/lib/domain/doctor/examine.ts';
import type { Finding } from '../../actions/lib/domain/doctor/finding.ts';
import { STARTED_WORKFLOWS, type SettingsDemand } from '../../actions/lib/domain/doctor/settings.ts';
import { renderFindings } from '../../actions/lib/domain/doctor/render.ts';
import { ROOT } from '../build.ts';
import { writeGhStandIn } from './gh-stand-in.ts';

const DEMAND = {
  environments: [
    { name: 'dev', isUnprotected: true, pairs: 30 },
    { name: 'production', isUnprotected: false, pairs: null },
  ],
};

let source: string;
beforeAll(async () => {
  source = await mkdtemp(path.join(tmpdir(), 'doctor-source-'));
  const workflows = path.join(source, '.github/workflows');
  await mkdir(workflows, { recursive: true });
  await Promise.all(STARTED_WORKFLOWS.map(async (file) => await writeFile(path.join(workflows, file), 'on: push\n')));
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  for (const argv of [
    ['init', '--quiet'],
    ['add', '.'],
    [...identity, 'commit', '--quiet', '--message', 'Workflows'],
  ]) {
    await runProcess({ command: 'git', argv, cwd: source });
  }
});
afterAll(async () => await rm(source, { recursive: true }));

let folder: string;
let github: LocalGithub;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models', source });
});
afterEach(async () => {
  await github.close();
  await rm(folder, { recursive: true });
});

type Token = Parameters<LocalGithub['token']>[0];

async function ask(permissions: Token = 'all', demand: SettingsDemand = DEMAND): Promise<readonly Finding[]> {
  const client = createGithubClient({
    ...{ token: github.token(permissions), apiUrl: github.url, repository: 'octo-org/models' },
    reporter: { info: () => undefined, warning: () => undefined },
  });
  return examine(await readRepositorySettings(client, demand), demand);
}

const withVerdict = (findings: readonly Finding[], verdict: Finding['verdict']): readonly string[] =>
  findings.filter((finding) => finding.verdict === verdict).map(({ id }) => id);

/** Carries out the command lines of the findings, as an administrator would. */
async function mend(findings: readonly Finding[]): Promise<void> {
  await writeGhStandIn(folder);
  for (const { remedy, verdict } of findings) {
    if (verdict !== 'wrong' || !remedy.some((line) => line.startsWith('gh api'))) continue;
    const { exitCode, stdout, stderr } = await runProcess({
      ...{ command: 'bash', argv: ['--norc', '-euo', 'pipefail', '-c', remedy.join('\n')], cwd: folder },
      environment: {
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        ...{ GITHUB_API_URL: github.url, GH_TOKEN: github.token('all') },
      },
    });
    expect({ exitCode, stderr, stdout }).toMatchObject({ exitCode: 0, stderr: '' });
  }
}

const reviewer = { login: 'ada', id: 7 };

/** Settings in which everything is as asked; a test below shows that the doctor's commands make the same. */
function protect(): void {
  const { settings } = github.state;
  settings.actions.canApprovePullRequests = true;
  const environment = { preventsSelfReview: true, createdAt: '2026-01-31T10:00:00Z' };
  for (const [id, name] of ['dev', 'production', 'production-approval'].entries()) {
    const reviewers = name === 'production-approval' ? [reviewer] : [];
    settings.environments.set(name, { ...environment, id, name, reviewers, branches: ['main'], secrets: new Set() });
  }
  settings.branchRules = [
    {
      type: 'required_status_checks',
      parameters: { required_status_checks: [{ context: 'Gate' }], strict_required_status_checks_policy: false },
    },
    {
      type: 'pull_request',
      parameters: {
        ...{ required_approving_review_count: 1, require_code_owner_review: true },
        ...{ require_last_push_approval: true, dismiss_stale_reviews_on_push: true },
        required_review_thread_resolution: false,
      },
    },
    { type: 'deletion' },
    { type: 'non_fast_forward' },
  ];
}

describe('npm run doctor', () => {
  it('finds a new repository unprotected, and says with which commands that ends', async () => {
    await expect(renderFindings(await ask())).toMatchFileSnapshot('__fixtures__/new-repository.md');
  });

  it('advises longer bakes where they hold too few pairs of answers', async () => {
    const demand = { environments: [{ name: 'dev', isUnprotected: true, pairs: 14 }] };
    const findings = await ask('all', demand);
    expect(findings.find(({ id }) => id === 'dev/pairs')).toMatchObject({ verdict: 'advice', found: 'about 14' });
  });

  it('is content after its own commands were carried out', async () => {
    await mend(await ask());
    const findings = await ask();
    // What no call of the API can see or change stays for a person.
    expect(withVerdict(findings, 'wrong')).toEqual(['codeowners']);
    await expect(renderFindings(findings)).toMatchFileSnapshot('__fixtures__/protected.md');
  });

  it('lists what the token of a workflow can not see as such', async () => {
    protect();
    const findings = await ask({ actions: 'read', contents: 'read' });
    expect(withVerdict(findings, 'unseen')).toEqual(
      expect.arrayContaining(['actions', 'default-permissions', 'secrets', 'pull-requests-by-actions']),
    );
    expect(withVerdict(findings, 'ok')).toEqual(expect.arrayContaining(['production/branches', 'main/gate']));
  });

  const production = () => {
    const found = github.state.settings.environments.get('production');
    if (found === undefined) throw new Error('protect() made no environment "production"');
    return found;
  };
  const approval = () => {
    const found = github.state.settings.environments.get('production-approval');
    if (found === undefined) throw new Error('protect() made no environment "production-approval"');
    return found;
  };
  it.each<{ title: string; change: () => void; wrong: string }>([
    {
      title: 'Actions that are off',
      change: () => (github.state.settings.actions.enabled = false),
      wrong: 'actions',
    },
    {
      title: 'actions of the owner only',
      change: () => (github.state.settings.actions.allowed = 'local_only'),
      wrong: 'actions',
    },
    {
      title: 'a schedule that GitHub stopped',
      change: () => github.state.settings.inactiveWorkflows.set('.github/workflows/drift.yml', 'disabled_inactivity'),
      wrong: 'workflow/drift.yml',
    },
    {
      title: 'a token that may write by default',
      change: () => (github.state.settings.actions.defaultPermissions = 'write'),
      wrong: 'default-permissions',
    },
    {
      title: 'Actions that may not open pull requests',
      change: () => (github.state.settings.actions.canApprovePullRequests = false),
      wrong: 'pull-requests-by-actions',
    },
    {
      title: 'an environment that any branch may use',
      change: () => (production().branches = 'any'),
      wrong: 'production/branches',
    },
    {
      title: 'an environment for every protected branch',
      change: () => (production().branches = 'protected'),
      wrong: 'production/branches',
    },
    {
      title: 'an environment for another branch too',
      change: () => (production().branches = ['main', 'hotfix/*']),
      wrong: 'production/branches',
    },
    {
      title: 'an environment that is gone',
      change: () => github.state.settings.environments.delete('production'),
      wrong: 'production/branches',
    },
    {
      title: 'an approval without reviewers',
      change: () => (approval().reviewers = []),
      wrong: 'production-approval/reviewers',
    },
    {
      title: 'reviewers who hold up a rollback',
      change: () => (production().reviewers = [reviewer]),
      wrong: 'production/waits',
    },
    {
      title: 'a secret that every branch can read',
      change: () => github.state.settings.secrets.add('APP_PRIVATE_KEY'),
      wrong: 'secrets',
    },
    {
      title: 'a subject with other claims',
      change: () => (github.state.settings.oidcSubjectClaims = ['repository_owner']),
      wrong: 'oidc-subject',
    },
    {
      title: 'a branch without the gate',
      change: () => dropRule('required_status_checks'),
      wrong: 'main/gate',
    },
    { title: 'a branch that can be forced', change: () => dropRule('non_fast_forward'), wrong: 'main/history' },
    { title: 'a branch without reviews', change: () => dropRule('pull_request'), wrong: 'main/reviews' },
  ])('finds $title', async ({ change, wrong }) => {
    protect();
    change();
    const found = (await ask()).filter(({ id }) => id === wrong);
    expect(found).toMatchObject([{ verdict: 'wrong' }]);
    expect(found[0]?.remedy).not.toEqual([]);
    if (found[0]?.remedy.some((line) => line.startsWith('gh api')) !== true) return;
    await mend(found);
    expect((await ask()).find(({ id }) => id === wrong)?.verdict).toBe('ok');
  });

  function dropRule(type: string): void {
    const { settings } = github.state;
    settings.branchRules = settings.branchRules.filter((rule) => rule.type !== type);
  }

  it('asks for the key of the app that opens pull requests, and for no other secret', async () => {
    protect();
    github.state.settings.variables.set('APP_CLIENT_ID', 'Iv1');
    const { secrets } = github.state.settings;
    for (const name of ['PLAN_KEY', 'APP_PRIVATE_KEY', 'NOTIFY_URL', 'NOTIFY_SECRET']) secrets.add(name);
    expect(withVerdict(await ask(), 'wrong')).toEqual([
      ...['codeowners', 'pull-requests-by-actions', 'automation/branches', 'app-key', 'secrets'],
    ]);
    await mend(await ask());
    expect([...secrets]).toEqual(['NOTIFY_URL', 'NOTIFY_SECRET']);
    expect(withVerdict(await ask(), 'wrong')).toEqual(['codeowners', 'app-key']);
    const automation = github.environmentOf('automation');
    automation.secrets.add('APP_PRIVATE_KEY');
    automation.reviewers = [reviewer];
    expect(withVerdict(await ask(), 'wrong')).toEqual(['codeowners', 'automation/waits']);
  });

  it.each([
    ['a token that GitHub does not take', { token: 'stale' }, /GitHub does not take the token/],
    ['a repository of another name', { repository: 'octo-org/other' }, /Check the names in it/],
    ['no way to GitHub', { apiUrl: 'http://127.0.0.1:9' }, /Check that GitHub can be reached/],
  ])('says what to do about %s', async (_, change, remedy) => {
    const client = createGithubClient({
      ...{ token: github.token('all'), apiUrl: github.url, repository: 'octo-org/models', secondMilliseconds: 1 },
      reporter: { info: () => undefined, warning: () => undefined },
      ...change,
    });
    await expect(readRepositorySettings(client, DEMAND)).rejects.toThrow(remedy);
  });

  // In a process: what reads the variable when it is loaded must not be loaded before.
  it('refuses an address of the API that is none', async () => {
    const { exitCode, stderr } = await runProcess({
      ...{ command: process.execPath, cwd: ROOT },
      argv: ['--import', './scripts/typescript.js', 'scripts/doctor/main.ts', '--github', 'octo-org/models'],
      environment: { ...process.env, GITHUB_API_URL: 'api.github.com', GH_TOKEN: 'x' },
    });
    expect(stderr).toMatch(/^GITHUB_API_URL is not the address of an API\.[^]*found: {4}api\.github\.com/);
    expect(exitCode).toBe(2);
  });

  it('names the variables that steered a build in earlier versions, and how they go', async () => {
    protect();
    for (const name of ['MODEL_BUCKET', 'PLAN_ROLE_ARN', 'POLL_INTERVAL_SECONDS']) {
      github.state.settings.variables.set(name, 'x');
    }
    expect((await ask()).find(({ id }) => id === 'variables')).toMatchObject({
      verdict: 'advice',
      found: expect.stringContaining('no workflow reads MODEL_BUCKET, PLAN_ROLE_ARN:') as string,
      remedy: [
        'gh variable delete MODEL_BUCKET --repo octo-org/models',
        'gh variable delete PLAN_ROLE_ARN --repo octo-org/models',
      ],
    });
  });
});
