import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { jwtVerify, createRemoteJWKSet } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LocalGithub } from '@sagemaker-gitops/local-github';
import type { LocalRunner, RunnerOptions } from './index.ts';
import { startFixture, type Fixture } from './testing/fixture.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1';

describe('the local runner', () => {
  let fixture: Fixture;
  let github: LocalGithub;
  let runner: LocalRunner;
  let lines: readonly string[];
  afterEach(async () => await fixture.close());

  const host = async (files: Readonly<Record<string, string>>, options: Partial<RunnerOptions> = {}): Promise<void> => {
    fixture = await startFixture({ ...files, ...ECHO_ACTION }, options);
    ({ github, runner, lines } = fixture);
  };
  const call: Fixture['call'] = async (...given) => await fixture.call(...given);
  const put: Fixture['put'] = async (...given) => await fixture.put(...given);
  const dispatch: Fixture['dispatch'] = async (inputs) => await fixture.dispatch(inputs);
  const jobsOf: Fixture['jobsOf'] = (index) => fixture.jobsOf(index);

  it('passes outputs from steps to jobs to jobs, over a local action and a script', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: push
env: { GREETING: hello }
jobs:
  first:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    outputs: { said: "\${{ steps.echo.outputs.said }}" }
    steps:
      - uses: ${CHECKOUT}
        with: { persist-credentials: false }
      - uses: ./actions/echo
        id: echo
        with: { text: "\${{ env.GREETING }} \${{ github.event.pusher.name }}" }
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "$SAID" >> "$GITHUB_STEP_SUMMARY"
          echo "::warning file=a.ts,line=3::careful"
        env: { SAID: "\${{ needs.first.outputs.said }}" }
`,
    });
    await put('a.txt', 'a');
    await runner.idle();
    expect(runner.runs.map(({ conclusion }) => conclusion)).toEqual(['success']);
    const [, second] = runner.runs[0]?.jobs ?? [];
    expect(second?.summary).toBe('hello ada, as GitHub would start it\n');
    expect(second?.annotations).toEqual([{ level: 'warning', message: 'careful', file: 'a.ts', line: '3' }]);
    expect(await readdir(path.join(fixture.folder, 'runs/machines'))).toEqual([]);
  });

  it('starts workflows by branch, path and type, and none for what the token of a job does', async () => {
    const job = `jobs: { one: { runs-on: ubuntu-latest, steps: [ { run: 'true' } ] } }`;
    await host({
      '.github/workflows/docs.yml': `on: { push: { branches: [main], paths: ['docs/**', '!docs/private/**'] } }\n${job}`,
      '.github/workflows/pull.yml': `on: { pull_request: {} }\n${job}`,
      '.github/workflows/edited.yml': `on: { pull_request: { types: [edited] } }\n${job}`,
    });
    const started = async (): Promise<string[]> => {
      await runner.idle();
      return runner.runs.map(({ workflow }) => path.basename(workflow));
    };
    await put('src/a.txt', 'a');
    await put('docs/private/a.txt', 'a');
    expect(await started()).toEqual([]);
    await put('docs/a.txt', 'a');
    expect(await started()).toEqual(['docs.yml']);
    await put('docs/b.txt', 'b', 'main', github.token({ contents: 'write' }));
    expect(await started()).toEqual(['docs.yml']);
    const head = await github.git.resolve('main');
    await call('POST', 'git/refs', { ref: 'refs/heads/topic', sha: head });
    await put('docs/c.txt', 'c', 'topic');
    expect(await started()).toEqual(['docs.yml']);
    const pull = (await call('POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' })) as { number: number };
    expect(await started()).toEqual(['docs.yml', 'pull.yml']);
    await call('PATCH', `pulls/${pull.number}`, { title: 'Other' });
    expect(await started()).toEqual(['docs.yml', 'pull.yml', 'edited.yml']);
  });

  it('skips what a failure makes pointless, and runs what asks for it', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  fails: { runs-on: ubuntu-latest, steps: [ { run: exit 3 }, { run: 'true', name: never }, { if: failure(), run: 'true', name: after } ] }
  skipped: { needs: fails, runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
  transitively: { needs: skipped, runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
  gate: { needs: [fails, skipped], if: always(), runs-on: ubuntu-latest, steps: [ { if: "contains(needs.*.result, 'failure')", run: exit 1 } ] }
  tolerant: { runs-on: ubuntu-latest, steps: [ { run: exit 1, continue-on-error: true } ] }
`,
    });
    await dispatch();
    expect(jobsOf()).toEqual({ fails: 'failure', gate: 'failure', tolerant: 'success' });
    const fails = runner.runs[0]?.jobs.find(({ id }) => id === 'fails');
    expect(fails?.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['Run exit 3', 'failure'],
      ['never', 'skipped'],
      ['after', 'success'],
    ]);
  });

  it('runs a matrix in order, one at a time, and stops it at the first failure', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: { workflow_dispatch: { inputs: { names: { type: string } } } }
jobs:
  each:
    name: "Deploy \${{ matrix.name }}"
    runs-on: ubuntu-latest
    strategy: { max-parallel: 1, matrix: { name: "\${{ fromJSON(inputs.names) }}" } }
    steps: [ { run: 'test "$NAME" != staging', env: { NAME: "\${{ matrix.name }}" } } ]
`,
    });
    await dispatch({ names: '["dev","staging","production"]' });
    expect(jobsOf()).toEqual({ 'Deploy dev': 'success', 'Deploy staging': 'failure' });
  });

  it('checks the inputs of a dispatch', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: { workflow_dispatch: { inputs: { environment: { required: true }, force: { type: boolean } } } }
jobs: { one: { runs-on: ubuntu-latest, steps: [ { if: inputs.force, run: 'true', name: forced } ] } }
`,
    });
    await dispatch({});
    await dispatch({ environment: 'dev', forse: 'true' });
    await dispatch({ environment: 'dev', force: 'false' });
    expect(runner.runs.map(({ error }) => error)).toEqual([
      'required input environment not provided',
      'unexpected inputs provided: forse',
      undefined,
    ]);
    expect(runner.runs[2]?.jobs[0]?.steps).toMatchObject([{ name: 'forced', outcome: 'skipped' }]);
  });

  it('gives a job the token that it states, and takes it back at the end', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: workflow_dispatch
permissions: {}
jobs:
  reads: { runs-on: ubuntu-latest, permissions: { issues: read }, steps: [ { run: *script, env: { TOKEN: "\${{ github.token }}", BODY: "" } } ] }
  writes: { runs-on: ubuntu-latest, permissions: { issues: write }, steps: [ { run: *script, env: { TOKEN: "\${{ github.token }}" } } ] }
`.replaceAll(
        '*script',
        `'curl --fail-with-body -s -X POST -H "authorization: token $TOKEN" -d "{\\"title\\":\\"x\\"}" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"'`,
      ),
    });
    await dispatch();
    expect(jobsOf()).toEqual({ reads: 'failure', writes: 'success' });
    expect(github.state.issues).toHaveLength(1);
    expect(lines.join('\n')).toContain('Resource not accessible by integration');
    expect(github.calls.filter(({ status }) => status === 401)).toEqual([]);
  });

  it('keeps secrets out of logs, summaries and outputs', async () => {
    await host(
      {
        '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  leaks:
    runs-on: ubuntu-latest
    outputs: { leaked: "\${{ steps.leak.outputs.key }}", kept: "\${{ steps.leak.outputs.other }}" }
    steps:
      - id: leak
        env: { KEY: "\${{ secrets.KEY }}" }
        run: |
          echo "the key is $KEY, and ::add-mask::"
          echo "::add-mask::born-here"
          echo "born-here" >> "$GITHUB_STEP_SUMMARY"
          printf 'key=%s\\nother=fine\\n' "$KEY" >> "$GITHUB_OUTPUT"
`,
      },
      { secrets: { KEY: 'hunter-22' } },
    );
    await dispatch();
    const [job] = runner.runs[0]?.jobs ?? [];
    expect(job?.outputs).toEqual({ kept: 'fine' });
    expect(job?.summary).toBe('***\n');
    const log = await readFile(job?.logFile ?? '', 'utf8');
    expect(log).toContain('the key is ***');
    expect(`${log}${lines.join('')}`).not.toMatch(/hunter-22|born-here/);
  });

  it('gives a pull request from a fork no secret, no role and no token that can write', async () => {
    await host(
      {
        '.github/workflows/pull.yml': `
on: { pull_request: {} }
jobs:
  one:
    runs-on: ubuntu-latest
    permissions: { contents: write, id-token: write }
    steps:
      - run: 'test -z "$KEY" && test -z "$ACTIONS_ID_TOKEN_REQUEST_URL"'
        env: { KEY: "\${{ secrets.KEY }}" }
      - run: 'curl --fail -s -X PUT -H "authorization: token $TOKEN" -d "{\\"message\\":\\"x\\",\\"content\\":\\"\\"}" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/contents/x"'
        env: { TOKEN: "\${{ github.token }}" }
`,
      },
      { secrets: { KEY: 'hunter-22' } },
    );
    await call('POST', 'git/refs', { ref: 'refs/heads/topic', sha: await github.git.resolve('main') });
    await put('hostile.txt', 'x', 'topic');
    const head = (await github.git.resolve('topic')) ?? '';
    await github.git.git(['update-ref', 'refs/forks/mallory/heads/topic', head]);
    await call('POST', 'pulls', { head: 'mallory:topic', base: 'main', title: '`$(touch hacked)`' });
    await runner.idle();
    expect(runner.runs[0]?.jobs[0]?.steps.map(({ outcome }) => outcome)).toEqual(['success', 'failure']);
  });

  it('hands roles only to jobs that were granted a token, with claims that say which job it is', async () => {
    const credentials = 'aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c';
    const role = 'arn:aws:iam::123456789012:role/models-dev-deploy';
    const step = `[ { uses: ${credentials}, with: { aws-region: eu-central-1, role-to-assume: '${role}', allowed-account-ids: '123456789012' } }, { run: 'test "$AWS_SESSION_TOKEN" = session' } ]`;
    const subjects: unknown[] = [];
    await host(
      {
        '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  granted: { runs-on: ubuntu-latest, permissions: { id-token: write }, environment: { name: dev, deployment: false }, steps: ${step} }
  refused: { runs-on: ubuntu-latest, permissions: { contents: read }, steps: ${step} }
`,
      },
      {
        assumeRole: async (_role, token) => {
          const keys = createRemoteJWKSet(new URL(`${github.serverUrl}/oidc/.well-known/jwks`));
          subjects.push((await jwtVerify(token, keys, { audience: 'sts.amazonaws.com' })).payload.sub);
          return { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' };
        },
      },
    );
    await dispatch();
    expect(jobsOf()).toEqual({ granted: 'success', refused: 'failure' });
    expect(subjects).toEqual(['repo:octo-org/models:environment:dev']);
    expect(lines.join('\n')).toContain('lacks the permission id-token: write');
  });

  it('takes the workflow of a pull request from its merge, that of a push from the push, and none in a conflict', async () => {
    const says = (word: string, on = 'push') =>
      `on: ${on}\njobs: { one: { runs-on: ubuntu-latest, steps: [ { run: echo says ${word} } ] } }`;
    await host({ '.github/workflows/push.yml': says('old', '[push, pull_request]') });
    await call('POST', 'git/refs', { ref: 'refs/heads/topic', sha: await github.git.resolve('main') });
    const added = Buffer.from(says('added', 'pull_request')).toString('base64');
    await call('PUT', 'contents/.github/workflows/pull.yml', { branch: 'topic', message: 'x', content: added });
    const file = '.github/workflows/push.yml';
    const { sha } = (await call('GET', `contents/${file}`)) as { sha: string };
    const content = Buffer.from(says('new', '[push, pull_request]')).toString('base64');
    await call('PUT', `contents/${file}`, { message: 'x', content, sha });
    await runner.idle();
    const said = () => lines.filter((line) => line.startsWith('says'));
    const seen = said().length;
    const pull = (await call('POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' })) as { number: number };
    await runner.idle();
    // What main has by now, and what the branch adds to it.
    expect(said().slice(seen).toSorted()).toEqual(['says added', 'says new']);
    await put('same.txt', 'a', 'topic');
    await put('same.txt', 'b');
    await runner.idle();
    const runs = runner.runs.length;
    await call('PATCH', `pulls/${pull.number}`, { title: 'Conflict' });
    await put('other.txt', 'c', 'topic');
    await runner.idle();
    expect(runner.runs.slice(runs).map(({ event }) => event.name)).toEqual(['push']);
  });

  it('shows every job as a check at the head of a pull request, so that a rule can ask for one', async () => {
    await host({
      '.github/workflows/pull.yml': `
on: pull_request
jobs:
  check: { name: "Check \${{ matrix.on }}", runs-on: ubuntu-latest, strategy: { fail-fast: false, matrix: { on: [a, b] } }, steps: [ { run: 'test "$ON" = a', env: { ON: "\${{ matrix.on }}" } } ] }
  plan: { name: Plan, if: false, runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
  gate: { name: Gate, needs: [check, plan], if: always(), runs-on: ubuntu-latest, steps: [ { if: "contains(needs.*.result, 'failure')", run: exit 1 } ] }
`,
    });
    await call('POST', 'git/refs', { ref: 'refs/heads/topic', sha: await github.git.resolve('main') });
    await put('b.txt', 'b', 'topic');
    await call('POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    await runner.idle();
    const { check_runs: checks } = (await call('GET', 'commits/topic/check-runs')) as {
      check_runs: { name: string; conclusion: string }[];
    };
    expect(Object.fromEntries(checks.map(({ name, conclusion }) => [name, conclusion]))).toEqual({
      'Check a': 'success',
      'Check b': 'failure',
      Plan: 'skipped',
      Gate: 'failure',
    });
  });

  it('waits for the approval of an environment, and fails where it is rejected', async () => {
    await host(
      {
        '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  each:
    runs-on: ubuntu-latest
    name: "\${{ matrix.to }}"
    environment: { name: "\${{ matrix.to }}", deployment: false }
    strategy: { fail-fast: false, matrix: { to: [dev, production] } }
    steps: [ { run: 'true' } ]
`,
      },
      { approve: async (environment) => await Promise.resolve(environment !== 'production') },
    );
    await dispatch();
    expect(jobsOf()).toEqual({ dev: 'success', production: 'failure' });
  });

  it('runs failed jobs again with those that need them, and keeps the outputs of the others', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  approve:
    runs-on: ubuntu-latest
    outputs: { attempt: "\${{ steps.attempt.outputs.attempt }}" }
    steps:
      - id: attempt
        run: echo "attempt=$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"
  work:
    needs: approve
    runs-on: ubuntu-latest
    steps:
      - run: echo "approved $APPROVED in attempt $GITHUB_RUN_ATTEMPT" >> "$GITHUB_STEP_SUMMARY"
        env: { APPROVED: "\${{ needs.approve.outputs.attempt }}" }
      - if: github.run_attempt == '1'
        run: exit 1
  after:
    needs: work
    if: always()
    runs-on: ubuntu-latest
    steps: [ { run: 'true' } ]
`,
    });
    await dispatch();
    const id = runner.runs[0]?.id ?? 0;
    runner.rerun(id, 'failed');
    await runner.idle();
    const [first, second] = runner.runs;
    expect([first?.attempt, first?.conclusion, second?.attempt, second?.conclusion]).toEqual([
      1,
      'failure',
      2,
      'success',
    ]);
    expect(second?.jobs.map((job) => [job.id, job.summary])).toEqual([
      ['work', 'approved 1 in attempt 2\n'],
      ['after', ''],
    ]);
    expect(github.state.workflowRuns.map((run) => [run.id, run.attempt])).toEqual([[id, 2]]);
    runner.rerun(id, 'all');
    await runner.idle();
    expect(runner.runs.at(-1)?.jobs.map((job) => job.summary)).toEqual(['', 'approved 3 in attempt 3\n', '']);
  });

  it('holds the concurrency group of a job that waits for its approval, as GitHub does', async () => {
    let waiting = 0;
    const together: number[] = [];
    await host(
      {
        '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  each:
    runs-on: ubuntu-latest
    name: "\${{ matrix.to }}"
    environment: { name: "\${{ matrix.to }}", deployment: false }
    concurrency: { group: swap, cancel-in-progress: false, queue: max }
    strategy: { fail-fast: false, matrix: { to: [one, two, rejected, four] } }
    steps: [ { run: 'true' } ]
`,
      },
      {
        approve: async (environment) => {
          together.push((waiting += 1));
          await new Promise((resolve) => setTimeout(resolve, 20));
          waiting -= 1;
          return environment !== 'rejected';
        },
      },
    );
    await dispatch();
    expect(jobsOf()).toEqual({ one: 'success', two: 'success', rejected: 'failure', four: 'success' });
    expect(together).toEqual([1, 1, 1, 1]);
  });

  it('lets artifacts go from job to job, once by a name', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  makes:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir out && echo content > out/file
      - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f
        with: { name: plan-dev, path: out }
      - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f
        continue-on-error: true
        with: { name: plan-dev, path: out }
        id: twice
      - run: test "$OUTCOME" = failure
        env: { OUTCOME: "\${{ steps.twice.outcome }}" }
  takes:
    needs: makes
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c
        with: { pattern: plan-*, merge-multiple: true, path: in }
      - run: grep content in/file
`,
    });
    await dispatch();
    expect(jobsOf()).toEqual({ makes: 'success', takes: 'success' });
  });

  it('cancels a run as GitHub does: the process gets SIGINT and may end well, and what is cancelled says so', async () => {
    await host({
      '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  long: { runs-on: ubuntu-latest, steps: [ { run: "trap 'echo released; exit 1' INT; echo started; sleep 60 & wait" } ] }
  after: { needs: long, runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
`,
    });
    await call('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' });
    await expect.poll(() => lines).toContain('started');
    runner.cancel(runner.runs[0]?.id ?? 0);
    await runner.idle();
    expect(runner.runs[0]?.conclusion).toBe('cancelled');
    expect(jobsOf()).toEqual({ long: 'cancelled' });
    expect(lines).toContain('released');
  });

  it.each([
    ['an unknown action', { uses: 'somebody/else@v1' }, /no stand-in for somebody\/else@v1/],
    ['another release of a known action', { uses: 'actions/checkout@v4' }, /is not the pinned release v7\.0\.1/],
    [
      'an input that an action does not have',
      { uses: CHECKOUT, with: { 'fetch-deph': '0' } },
      /unexpected input fetch-deph/,
    ],
    ['an action that is not checked out', { uses: './actions/echo' }, /was the repository checked out/],
  ])('refuses %s by name', async (_, step, message) => {
    const workflow = {
      on: 'workflow_dispatch',
      jobs: { one: { 'runs-on': 'ubuntu-latest', permissions: { contents: 'read' }, steps: [step] } },
    };
    await host({ '.github/workflows/ci.yml': JSON.stringify(workflow) });
    await dispatch();
    expect(runner.runs[0]?.jobs[0]?.steps[0]?.error).toMatch(message);
  });

  it.each([
    ['a container', { 'runs-on': 'ubuntu-latest', container: 'node:24', steps: [{ run: 'true' }] }, /container/],
    [
      'services',
      { 'runs-on': 'ubuntu-latest', services: { db: { image: 'x' } }, steps: [{ run: 'true' }] },
      /services/,
    ],
    [
      'another machine',
      { 'runs-on': 'windows-latest', steps: [{ run: 'true' }] },
      /runs-on windows-latest is not supported/,
    ],
    [
      'an expression that GitHub refuses',
      { 'runs-on': 'ubuntu-latest', steps: [{ run: 'echo ${{ nowhere.x }}' }] },
      /nowhere/,
    ],
  ])('refuses %s by name', async (_, job, message) => {
    await host({ '.github/workflows/ci.yml': JSON.stringify({ on: 'workflow_dispatch', jobs: { one: job } }) });
    await dispatch();
    const [first] = runner.runs;
    expect(`${first?.error ?? ''}${first?.jobs[0]?.annotations[0]?.message ?? ''}`).toMatch(message);
    expect(first?.conclusion).toBe('failure');
  });
});

const ECHO_ACTION = {
  'actions/echo/action.yml': `
name: Echo
description: Says what it is given.
inputs: { text: { description: Text, required: true }, suffix: { description: Suffix, default: ', as GitHub would start it' } }
outputs: { said: { description: What was said } }
runs: { using: node24, main: ../dist/echo.js }
`,
  'actions/dist/echo.js': `require('fs').appendFileSync(process.env.GITHUB_OUTPUT, 'said=' + process.env.INPUT_TEXT + process.env.INPUT_SUFFIX + '\\n');`,
};

describe('concurrency groups', async () => {
  const { createConcurrencyGroups } = await import('./run/concurrency.ts');
  const place = (queue: 'single' | 'max', cancelInProgress = false) => {
    const cancelled: boolean[] = [];
    return {
      cancelled,
      value: { group: 'environment-dev', queue, cancelInProgress, cancel: () => cancelled.push(true) },
    };
  };

  it('drops none where the queue is long, and starts them in order', async () => {
    const groups = createConcurrencyGroups();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const leave = await groups.enter(place('max').value);
        order.push(number);
        await Promise.resolve();
        leave?.();
      }),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('keeps one waiting by default: a newer one takes its place', async () => {
    const groups = createConcurrencyGroups();
    const leave = await groups.enter(place('single').value);
    const second = place('single');
    const waiting = groups.enter(second.value);
    const third = groups.enter(place('single').value);
    expect(await waiting).toBeUndefined();
    expect(second.cancelled).toEqual([true]);
    leave?.();
    expect(await third).toBeDefined();
  });

  it('cancels what runs where it is told to, and waits for its end', async () => {
    const groups = createConcurrencyGroups();
    const first = place('single', true);
    const leave = await groups.enter(first.value);
    const second = groups.enter(place('single', true).value);
    expect(first.cancelled).toEqual([true]);
    leave?.();
    expect(await second).toBeDefined();
  });
});
