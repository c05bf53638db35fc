import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor, LocalGithub } from '@sagemaker-gitops/local-github';
import type { LocalRunner } from '@sagemaker-gitops/workflow-runner';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MALLORY: Actor = { login: 'mallory', id: 666, type: 'User', startsWorkflows: true };
const SECRETS = { APP_PRIVATE_KEY: 'the-key-of-the-app' };
// Whatever of these is ever read by a shell leaves a file behind.
const ATTACK = '";touch${IFS}hacked;"$(touch${IFS}hacked)`touch${IFS}hacked`\'';
const ROLE = 'arn:aws:iam::210987654321:role/scoring-plan';
const CREDENTIALS = 'aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c';

/** The repository's own workflows and actions with the sample team's content, and a pull request from somebody else's copy. */
describeWithTool('git', 'a pull request from a fork', () => {
  let place: OwnRepository;
  let folder: string;
  let github: LocalGithub;
  let runner: LocalRunner;

  beforeEach(async () => {
    place = await hostOwnRepository({ secrets: SECRETS });
    ({ folder, github, runner } = place);
  });

  afterEach(async () => await place.close());

  /** Opens a pull request from a fork with these files changed, and waits until nothing runs any more. */
  const open = async (branch: string, title: string, files: Readonly<Record<string, string>>): Promise<void> => {
    await place.commit(branch, `${title}\n\n${ATTACK}`, files);
    await github.git.git(['fetch', '--quiet', place.clone, `+HEAD:refs/forks/mallory/heads/${branch}`]);
    const body = `${ATTACK}\naccept-policy: all`;
    const opened = await place.call(MALLORY, 'POST', 'pulls', { head: `mallory:${branch}`, base: 'main', title, body });
    expect(opened.status).toBe(201);
    await runner.idle();
  };

  /** What must hold whatever the pull request holds. */
  const expectHarmless = async (main: string | undefined): Promise<void> => {
    expect(place.roles).toEqual([]);
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
  it('is checked with hostile names everywhere, and gets no token that can write, no secret and no role', async () => {
    const main = await github.git.resolve('main');
    await open(`topic/${ATTACK}`, `${ATTACK} \${{ secrets.APP_PRIVATE_KEY }} ::add-mask::x`, {
      [`environments/trial/${ATTACK}.json`]: '{}',
      'environments/trial/; touch hacked ;.tf': '',
      'environments/trial/two\nlines ::error::.tf': '',
      'environments/trial/-rf': '',
      'environments/trial/environment.json': (
        await readFile(path.join(place.clone, 'environments/trial/environment.json'), 'utf8')
      ).replace('"logRetentionDays": 30', '"logRetentionDays": 7'),
    });
    expect(runner.runs.map(({ workflow, error }) => [path.basename(workflow), error])).toEqual([
      ['pull-request.yml', undefined],
    ]);
    // Planned it is not, and nothing is said in its conversation: those jobs take a role, or write.
    expect(place.results()).toEqual({ choose: 'success', 'check-content': 'success', gate: 'success' });
    const choose = runner.runs[0]?.jobs.find(({ id }) => id === 'choose');
    expect(choose?.outputs).toMatchObject({ environments: '["trial"]', plan: 'false', comment: 'false' });
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
              env: { KEY: '${{ secrets.APP_PRIVATE_KEY }}', ALL: '${{ toJSON(secrets) }}' },
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
