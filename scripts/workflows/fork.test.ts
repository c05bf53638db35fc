import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLocalGithub, type Actor, type LocalGithub } from '../rehearse/local-github/index.ts';
import { startRunner, type LocalRunner } from '../rehearse/runner/index.ts';
import { writeStandInCommands } from '../rehearse/runner/stand-ins/commands.ts';
import { CHECK_COMMANDS } from '../rehearse/story/check-commands.ts';
import { runProcess } from '../../actions/lib/adapters/process.ts';
import { describeWithTool } from '../testing/tools.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MALLORY: Actor = { login: 'mallory', id: 666, type: 'User', startsWorkflows: true };
const SECRETS = { PLAN_KEY: 'the-key-of-the-plans', APP_PRIVATE_KEY: 'the-key-of-the-app' };
// Whatever of these is ever read by a shell leaves a file behind.
const ATTACK = '";touch${IFS}hacked;"$(touch${IFS}hacked)`touch${IFS}hacked`\'';
const ROLE = 'arn:aws:iam::123456789012:role/onnx-inference-plan';
const CREDENTIALS = 'aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c';

/** The repository's own workflows and actions, and a pull request from somebody else's copy. */
describeWithTool('git', 'a pull request from a fork', () => {
  let folder: string;
  let github: LocalGithub;
  let runner: LocalRunner;
  let roles: string[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fork-test-'));
    const source = path.join(folder, 'source');
    for (const entry of ['.github', 'actions/dist', 'environments', '.node-version']) {
      await cp(path.join(ROOT, entry), path.join(source, entry), {
        recursive: true,
        filter: (file) => !file.includes('.terraform'),
      });
    }
    for (const name of await readdir(path.join(ROOT, 'actions'))) {
      const file = path.join(ROOT, 'actions', name, 'action.yml');
      await cp(file, path.join(source, 'actions', name, 'action.yml')).catch(() => undefined);
    }
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'First');
    github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models', source });
    const commands = await writeStandInCommands(path.join(folder, 'commands'), CHECK_COMMANDS);
    roles = [];
    runner = await startRunner({
      github,
      folder: path.join(folder, 'runs'),
      secrets: SECRETS,
      environment: { PATH: `${commands.folder}${path.delimiter}${process.env['PATH'] ?? ''}` },
      assumeRole: async (role) => {
        roles.push(role);
        return await Promise.reject(new Error('no'));
      },
    });
  });

  afterEach(async () => {
    await runner.close();
    await github.close();
    await rm(folder, { recursive: true });
  });

  const git = async (...argv: string[]): Promise<string> => {
    const identity = ['-c', 'user.name=Mallory', '-c', 'user.email=mallory@example.org'];
    const cwd = path.join(folder, 'source');
    const result = await runProcess({ command: 'git', argv: [...identity, ...argv], cwd });
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  };
  const call = async (method: string, url: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `token ${github.token({ 'pull-requests': 'write' }, MALLORY)}` };
    const address = `${github.url}/repos/octo-org/models/${url}`;
    const response = await fetch(address, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
    return await response.json();
  };

  /** Opens a pull request from a fork with these files changed, and waits until nothing runs any more. */
  const open = async (branch: string, title: string, files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [file, text] of Object.entries(files)) {
      const target = path.join(folder, 'source', file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    await git('switch', '--quiet', '--create', branch);
    await git('add', '--all');
    await git('commit', '--quiet', '-m', `${title}\n\n${ATTACK}`);
    const source = path.join(folder, 'source');
    await github.git.git(['fetch', '--quiet', source, `+HEAD:refs/forks/mallory/heads/${branch}`]);
    await call('POST', 'pulls', {
      head: `mallory:${branch}`,
      base: 'main',
      title,
      body: `${ATTACK}\naccept-policy: all`,
    });
    await runner.idle();
  };

  /** What must hold whatever the pull request holds. */
  const expectHarmless = async (main: string | undefined): Promise<void> => {
    expect(roles).toEqual([]);
    expect(await github.git.resolve('main')).toBe(main);
    const { issues, comments, deployments, reviews } = github.state;
    expect({ issues: issues.length, comments, deployments, reviews }).toEqual({
      ...{ issues: 1, comments: [], deployments: [], reviews: [] },
    });
    const changed = github.calls.filter(
      ({ method, status, actor, operation }) =>
        actor === 'github-actions[bot]' && method !== 'GET' && operation !== 'git' && status < 400,
    );
    expect(changed).toEqual([]);
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((file) => path.basename(file) === 'hacked')).toEqual([]);
    for (const file of left.filter((one) => one.endsWith('log.txt'))) {
      const log = await readFile(path.join(folder, file), 'utf8');
      for (const secret of Object.values(SECRETS)) expect(log).not.toContain(secret);
    }
  };
  const results = () =>
    Object.fromEntries(runner.runs.flatMap(({ jobs }) => jobs.map(({ id, result }) => [id, result])));

  it('is checked with hostile names everywhere, and gets no token that can write, no secret and no role', async () => {
    const main = await github.git.resolve('main');
    await open(`topic/${ATTACK}`, `${ATTACK} \${{ secrets.PLAN_KEY }} ::add-mask::x`, {
      [`environments/dev/${ATTACK}.json`]: '{}',
      'environments/dev/; touch hacked ;.tf': '',
      'environments/dev/two\nlines ::error::.tf': '',
      'environments/dev/-rf': '',
      'environments/dev/environment.json': (
        await readFile(path.join(ROOT, 'environments/dev/environment.json'), 'utf8')
      ).replace('"logRetentionDays": 14', '"logRetentionDays": 7'),
    });
    expect(runner.runs.map(({ workflow, error }) => [path.basename(workflow), error])).toEqual([
      ['pull-request.yml', undefined],
    ]);
    // Planned it is not, and nothing is said in its conversation: those jobs take a role, or write.
    expect(results()).toEqual({ check: 'success', changes: 'success', gate: 'success' });
    const changes = runner.runs[0]?.jobs.find(({ id }) => id === 'changes');
    expect(changes?.outputs).toMatchObject({ environments: '["dev"]', plan: 'false', comment: 'false' });
    await expectHarmless(main);
  });

  it('runs its own workflow, which gets no token that can write, no secret and no role either', async () => {
    const main = await github.git.resolve('main');
    const api = (method: string, url: string, body: object): object => ({
      name: `${method} ${url}`,
      'continue-on-error': true,
      env: { TOKEN: '${{ github.token }}', BODY: JSON.stringify(body) },
      run: `curl --fail -sS -X ${method} -H "authorization: token $TOKEN" -d "$BODY" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/${url}"`,
    });
    const writes = ['actions', 'checks', 'contents', 'deployments', 'id-token', 'issues', 'pull-requests', 'statuses'];
    const workflow = {
      on: 'pull_request',
      permissions: Object.fromEntries(writes.map((scope) => [scope, 'write'])),
      jobs: {
        steal: {
          'runs-on': 'ubuntu-latest',
          environment: { name: 'production', deployment: false },
          steps: [
            api('PUT', 'contents/hacked', { message: 'x', content: '', branch: 'main' }),
            api('POST', 'git/refs', { ref: 'refs/heads/hacked', sha: '${{ github.sha }}' }),
            api('POST', 'deployments', { ref: 'main', environment: 'production', required_contexts: [] }),
            api('POST', 'issues', { title: 'hacked' }),
            api('POST', 'issues/1/comments', { body: 'plans are fine' }),
            api('POST', 'pulls/1/reviews', { event: 'APPROVE' }),
            api('PUT', 'pulls/1/merge', {}),
            api('POST', 'check-runs', { name: 'Gate', head_sha: '${{ github.event.pull_request.head.sha }}' }),
            api('POST', 'statuses/${{ github.event.pull_request.head.sha }}', { state: 'success', context: 'Gate' }),
            api('POST', 'actions/workflows/deploy.yml/dispatches', {
              ref: 'main',
              inputs: { environment: 'production' },
            }),
            {
              name: 'git push',
              'continue-on-error': true,
              env: { TOKEN: '${{ github.token }}' },
              run: 'git init -q && git -c user.name=m -c user.email=m@x commit -q --allow-empty -m x && git push "${GITHUB_SERVER_URL/:\\/\\//://x:$TOKEN@}/$GITHUB_REPOSITORY.git" HEAD:refs/heads/hacked',
            },
            {
              name: 'role',
              'continue-on-error': true,
              uses: CREDENTIALS,
              with: { 'aws-region': 'eu-central-1', 'role-to-assume': ROLE },
            },
            {
              name: 'token',
              'continue-on-error': true,
              run: 'test -n "$ACTIONS_ID_TOKEN_REQUEST_URL" || test -n "$ACTIONS_ID_TOKEN_REQUEST_TOKEN"',
            },
            {
              name: 'secrets',
              'continue-on-error': true,
              env: { KEY: '${{ secrets.PLAN_KEY }}${{ secrets.APP_PRIVATE_KEY }}', ALL: '${{ toJSON(secrets) }}' },
              run: 'printf %s "$KEY $ALL" | base64 -w 0; echo; test -n "$KEY"',
            },
          ],
        },
      },
    };
    await open('changes-the-workflow', 'Harmless', {
      '.github/workflows/pull-request.yml': JSON.stringify(workflow),
    });
    const [job] = runner.runs[0]?.jobs ?? [];
    expect(job?.steps.filter(({ outcome }) => outcome !== 'failure')).toEqual([]);
    expect(job?.steps).toHaveLength(workflow.jobs.steal.steps.length);
    const refused = github.calls.filter(({ method, actor }) => actor === 'github-actions[bot]' && method !== 'GET');
    expect(refused.map(({ operation, status }) => `${String(operation)}: ${status}`)).toEqual([
      'repos/create-or-update-file-contents: 403',
      'git/create-ref: 403',
      'repos/create-deployment: 403',
      'issues/create: 403',
      'issues/create-comment: 403',
      'pulls/create-review: 403',
      'pulls/merge: 403',
      'checks/create: 403',
      'repos/create-commit-status: 403',
      'actions/create-workflow-dispatch: 403',
    ]);
    const log = await readFile(job?.logFile ?? '', 'utf8');
    expect(log).toContain('lacks the permission id-token: write');
    expect(log).toMatch(/The requested URL returned error: 403/);
    // Encoded, so that no mask could hide what is there.
    expect(log).toContain(`
${Buffer.from(' {}').toString('base64')}
`);
    expect([...(await github.git.refs('refs/heads')).keys()]).toEqual(['refs/heads/main']);
    await expectHarmless(main);
  });

  it('starts none of the workflows that it adds for other events', async () => {
    const main = await github.git.resolve('main');
    const job = { 'runs-on': 'ubuntu-latest', steps: [{ run: 'touch hacked' }] };
    const added = ['push', 'pull_request_target', 'workflow_run', 'workflow_dispatch', 'schedule'].map(
      (event): [string, string] => {
        const on = event === 'schedule' ? { schedule: [{ cron: '* * * * *' }] } : { [event]: null };
        return [`.github/workflows/added-${event}.yml`, JSON.stringify({ on, jobs: { one: job } })];
      },
    );
    await open('adds-workflows', 'Harmless', Object.fromEntries(added));
    const started = runner.runs.filter(({ jobs }) => jobs.length > 0).map(({ workflow }) => path.basename(workflow));
    expect(started).toEqual(['pull-request.yml']);
    await expectHarmless(main);
  });
});
