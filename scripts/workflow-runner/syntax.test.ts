import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunnerOptions } from './index.ts';
import { startFixture, type Fixture } from './testing/fixture.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });
const CHECKOUT =
  'uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1, with: { persist-credentials: false }';
const READS = 'runs-on: ubuntu-latest, permissions: { contents: read }';

describe('the local runner', () => {
  let fixture: Fixture;
  afterEach(async () => await fixture.close());

  /** Runs ci.yml, given as its jobs, and answers its first run. */
  const play = async (
    jobs: string,
    files: Readonly<Record<string, string>> = {},
    options: Partial<RunnerOptions> = {},
  ) => {
    fixture = await startFixture({ '.github/workflows/ci.yml': `on: workflow_dispatch\n${jobs}`, ...files }, options);
    await fixture.dispatch();
    const [run] = fixture.runner.runs;
    if (run === undefined) throw new Error('nothing was started');
    return run;
  };
  const outcomes = (steps: readonly { readonly name: string; readonly outcome: string }[] = []) =>
    steps.map(({ name, outcome }) => `${name}: ${outcome}`);

  it('runs the steps of a composite action with its own inputs, steps and outputs, inside of another one', async () => {
    const run = await play(
      `
jobs:
  one:
    ${READS.replaceAll(', ', '\n    ')}
    outputs: { all: "\${{ steps.outer.outputs.all }}" }
    steps:
      - { ${CHECKOUT} }
      - { id: said, run: 'echo "word=job" >> "$GITHUB_OUTPUT"' }
      - { id: outer, uses: ./actions/outer, with: { name: Ada }, env: { MARK: '!' } }
      - { run: 'test "$EXPORTED" = yes && test "$ALSO" = yes', env: { ALSO: "\${{ env.EXPORTED }}" } }
`,
      {
        'actions/outer/action.yml': `
name: Outer
description: Greets by another action.
inputs: { name: { description: Name, required: true }, greeting: { default: Hello } }
outputs: { all: { value: "\${{ steps.inner.outputs.text }}/\${{ steps.said.outputs.word }}" } }
runs:
  using: composite
  steps:
    - { id: said, shell: bash, run: 'echo "word=action" >> "$GITHUB_OUTPUT"; echo EXPORTED=yes >> "$GITHUB_ENV"' }
    - { id: inner, uses: ./actions/inner, with: { text: "\${{ inputs.greeting }} \${{ inputs.name }}" } }
`,
        'actions/inner/action.yml': `
name: Inner
description: Repeats.
inputs: { text: { required: true } }
outputs: { text: { value: "\${{ steps.a.outputs.text }}" } }
runs:
  using: composite
  steps:
    - { id: a, shell: sh, run: 'echo "text=$TEXT$MARK" >> "$GITHUB_OUTPUT"; test -f "$GITHUB_ACTION_PATH/action.yml"', env: { TEXT: "\${{ inputs.text }}" } }
`,
      },
    );
    expect(run.jobs[0]?.outputs).toEqual({ all: 'Hello Ada!/action' });
    expect(run.conclusion).toBe('success');
  });

  it('fails the step that uses a composite action when a step in it fails, after those that always run', async () => {
    const run = await play(
      `jobs: { one: { ${READS}, steps: [ { ${CHECKOUT} }, { uses: ./actions/breaks }, { run: 'true', name: never } ] } }`,
      {
        'actions/breaks/action.yml': `
name: Breaks
description: Fails in its middle.
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 1, continue-on-error: true, name: tolerated }
    - { shell: bash, run: exit 4, name: breaks }
    - { shell: bash, run: 'true', name: skipped }
    - { shell: bash, run: echo cleaned, name: cleans, if: always() }
`,
      },
    );
    expect(run.jobs[0]?.steps.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['success', undefined],
      ['failure', 'breaks: exit code 4'],
      ['skipped', undefined],
    ]);
    expect(fixture.lines).toEqual(expect.arrayContaining(['    skipped: skipped', 'cleaned', '    cleans: success']));
  });

  it.each([
    ['a script without a shell', "{ using: composite, steps: [ { run: 'true' } ] }", /names its shell/],
    ['a container', '{ using: docker, image: Dockerfile }', /no actions that use docker/],
    ['an older Node', '{ using: node16, main: main.js }', /node20/],
    ['a key that nobody knows', '{ using: node24, main: main.js, image: x }', /image/],
  ])('refuses an action with %s by name', async (_, runs, message) => {
    const run = await play(`jobs: { one: { ${READS}, steps: [ { ${CHECKOUT} }, { uses: ./actions/odd } ] } }`, {
      'actions/odd/action.yml': `name: Odd\ndescription: Odd.\nruns: ${runs}\n`,
    });
    expect(run.jobs[0]?.steps[1]?.error).toMatch(message);
  });

  it('runs what actions do at the end, the last one first, with their inputs and what they kept', async () => {
    const action = (name: string, condition: string) => ({
      [`actions/${name}/action.yml`]: `
name: ${name}
description: Cleans up.
inputs: { what: { required: true } }
runs: { using: node24, pre: main.cjs, main: main.cjs, post: post.cjs, post-if: ${condition} }
`,
      [`actions/${name}/main.cjs`]: `const fs = require('fs'); fs.appendFileSync(process.env.GITHUB_STATE, 'kept=from ${name}\\n'); process.exit(${name === 'broken' ? 1 : 0});`,
      [`actions/${name}/post.cjs`]: `console.log('post', process.env.INPUT_WHAT, process.env.STATE_kept);`,
    });
    const run = await play(
      `jobs: { one: { ${READS}, steps: [ { ${CHECKOUT} }, { uses: ./actions/first, with: { what: a } }, { uses: ./actions/happy, with: { what: b } }, { uses: ./actions/broken, with: { what: c } }, { uses: ./actions/first, if: success(), with: { what: d } } ] } }`,
      { ...action('first', 'always()'), ...action('happy', 'success()'), ...action('broken', 'failure()') },
    );
    expect(fixture.lines.filter((line) => line.startsWith('post'))).toEqual([
      'post c from broken',
      'post a from first',
    ]);
    expect(outcomes(run.jobs[0]?.steps.slice(4))).toEqual([
      './actions/first: skipped',
      'Post ./actions/broken: success',
      'Post ./actions/first: success',
    ]);
    // GitHub has no `pre` for actions of the repository: it isn't checked out yet.
    expect(run.jobs[0]?.annotations[0]?.message).toContain('`pre` execution is not supported for local action');
    expect(run.conclusion).toBe('failure');
  });

  it('calls a workflow with inputs, secrets and outputs, and shows its jobs below the one that calls', async () => {
    const run = await play(
      `
jobs:
  call:
    name: "Deploy \${{ matrix.to }}"
    strategy: { matrix: { to: [dev] } }
    permissions: { contents: read, issues: write }
    uses: ./.github/workflows/called.yml
    with: { environment: "\${{ matrix.to }}", count: 2, dry: true }
    secrets: { key: "\${{ secrets.KEY }}" }
  after:
    needs: call
    runs-on: ubuntu-latest
    steps: [ { run: 'test "$RESULT" = "success dev 3"', env: { RESULT: "\${{ needs.call.result }} \${{ needs.call.outputs.said }}" } } ]
`,
      {
        '.github/workflows/called.yml': `
on:
  workflow_call:
    inputs: { environment: { type: string, required: true }, count: { type: number }, dry: { type: boolean, default: false } }
    secrets: { key: { required: true } }
    outputs: { said: { value: "\${{ jobs.second.outputs.said }}" } }
env: { KIND: called }
defaults: { run: { shell: bash, working-directory: sub } }
jobs:
  first:
    runs-on: ubuntu-latest
    permissions: { issues: read }
    outputs: { more: "\${{ steps.more.outputs.more }}" }
    steps:
      - { run: mkdir sub, working-directory: . }
      - { id: more, run: 'test "$KEY" = hunter-22 && test -z "$OTHER" && echo "more=$((COUNT + 1))" >> "$GITHUB_OUTPUT"', env: { KEY: "\${{ secrets.key }}", OTHER: "\${{ secrets.OTHER }}", COUNT: "\${{ inputs.count }}" } }
  second:
    needs: first
    if: inputs.dry
    runs-on: ubuntu-latest
    outputs: { said: "\${{ steps.say.outputs.said }}" }
    steps: [ { id: say, working-directory: '', run: 'echo "said=$TO $MORE" >> "$GITHUB_OUTPUT"; basename "$GITHUB_WORKFLOW_REF"', env: { TO: "\${{ inputs.environment }}", MORE: "\${{ needs.first.outputs.more }}" } } ]
`,
      },
      { secrets: { KEY: 'hunter-22', OTHER: 'not passed' } },
    );
    expect(fixture.jobsOf()).toEqual({
      'Deploy dev / first': 'success',
      'Deploy dev / second': 'success',
      after: 'success',
    });
    expect(run.conclusion).toBe('success');
  });

  it.each([
    [
      'asks for more than its caller may',
      'permissions: { contents: write }, ',
      '',
      /requesting 'contents: write', but is only allowed 'contents: read'/,
    ],
    ['is given what it does not declare', '', ', with: { other: x }', /unexpected inputs provided: other/],
    ['is given a secret that it does not declare', '', ', secrets: { other: x }', /declares no secret other/],
  ])('refuses a called workflow that %s', async (_, permissions, given, message) => {
    const run = await play(
      `jobs: { call: { permissions: { contents: read }, uses: ./.github/workflows/called.yml${given} } }`,
      {
        '.github/workflows/called.yml': `on: workflow_call\njobs: { one: { ${permissions}runs-on: ubuntu-latest, steps: [ { run: 'true' } ] } }`,
      },
    );
    expect(run.conclusion).toBe('failure');
    expect(run.error ?? run.jobs[0]?.annotations[0]?.message).toMatch(message);
  });

  it("gives a job its environment's secrets: to a called workflow those alone that its caller passes", async () => {
    const print = (name: string) => `{ run: 'test "$KEY" = hunter-22', env: { KEY: "\${{ secrets.${name} }}" } }`;
    const none = `{ run: 'test -z "$KEY"', env: { KEY: "\${{ secrets.KEY }}" } }`;
    await play(
      `
jobs:
  own: { runs-on: ubuntu-latest, environment: { name: automation, deployment: false }, steps: [ ${print('KEY')} ] }
  outside: { runs-on: ubuntu-latest, steps: [ ${none} ] }
  passed: { uses: ./.github/workflows/called.yml, secrets: { KEY: "\${{ secrets.KEY }}" } }
  lacking: { uses: ./.github/workflows/lacking.yml }
`,
      {
        '.github/workflows/called.yml': `on: { workflow_call: { secrets: { KEY: { required: false } } } }\njobs: { inside: { runs-on: ubuntu-latest, environment: { name: automation, deployment: false }, steps: [ ${print('KEY')} ] } }`,
        '.github/workflows/lacking.yml': `on: { workflow_call: { secrets: { KEY: { required: false } } } }\njobs: { inside: { runs-on: ubuntu-latest, environment: { name: automation, deployment: false }, steps: [ ${none} ] } }`,
      },
      { environmentSecrets: { automation: { KEY: 'hunter-22' } } },
    );
    expect(fixture.jobsOf()).toEqual({
      ...{ own: 'success', outside: 'success' },
      ...{ 'passed / inside': 'success', 'lacking / inside': 'success' },
    });
  });

  it("keeps an environment and its secrets from a branch that its rules don't name", async () => {
    const job = `{ runs-on: ubuntu-latest, environment: { name: automation, deployment: false }, steps: [ { run: 'true' } ] }`;
    fixture = await startFixture(
      { '.github/workflows/ci.yml': `on: push\njobs: { one: ${job} }` },
      { environmentSecrets: { automation: { KEY: 'hunter-22' } } },
    );
    fixture.github.environmentOf('automation').branches = ['main', 'hotfix/*'];
    for (const branch of ['topic', 'hotfix/1']) {
      await fixture.call('POST', 'git/refs', {
        ref: `refs/heads/${branch}`,
        sha: await fixture.github.git.resolve('main'),
      });
      await fixture.runner.idle();
    }
    expect(fixture.runner.runs.map(({ jobs: [one] }) => [one?.result, one?.annotations[0]?.message])).toEqual([
      ['failure', 'refs/heads/topic is not allowed to deploy to automation due to environment protection rules.'],
      ['success', undefined],
    ]);
  });

  it('refuses a workflow that cannot be called, and one of another repository', async () => {
    const job = 'runs-on: ubuntu-latest, steps: [ { run: "true" } ]';
    await play(
      `jobs: { a: { uses: ./.github/workflows/push.yml }, b: { uses: o/r/.github/workflows/x.yml@${'1'.repeat(40)} } }`,
      { '.github/workflows/push.yml': `on: push\njobs: { one: { ${job} } }` },
    );
    const messages = fixture.runner.runs[0]?.jobs.map(({ annotations }) => annotations[0]?.message).sort();
    expect(messages?.[0]).toMatch(/push\.yml can't be called/);
    expect(messages?.[1]).toMatch(/workflows of other repositories are not supported: o\/r/);
  });

  it('ends a step that takes longer than its limit as failed, and a job as cancelled', async () => {
    const run = await play(
      `
jobs:
  step: { runs-on: ubuntu-latest, steps: [ { run: sleep 60, timeout-minutes: 1, name: slow }, { run: 'true', if: failure(), name: after } ] }
  job: { runs-on: ubuntu-latest, timeout-minutes: 1, steps: [ { run: sleep 60, name: slow }, { run: 'true', if: failure(), name: never }, { run: 'true', if: cancelled(), name: after } ] }
  odd: { runs-on: ubuntu-latest, timeout-minutes: 1.5, steps: [ { run: 'true' } ] }
`,
      {},
      { minuteMilliseconds: 1500 },
    );
    const [step, job, odd] = ['step', 'job', 'odd'].map((id) => run.jobs.find((one) => one.id === id));
    expect(outcomes(step?.steps)).toEqual(['slow: failure', 'after: success']);
    expect(step?.steps[0]?.error).toBe('the step has timed out after 1 minutes');
    expect(step?.result).toBe('failure');
    // On a busy machine the limit may have come before the first step.
    expect(outcomes(job?.steps)[0]).toMatch(/^slow: (cancelled|skipped)$/);
    expect(outcomes(job?.steps).slice(1)).toEqual(['never: skipped', 'after: success']);
    expect(job?.result).toBe('cancelled');
    expect(job?.annotations[0]?.message).toContain('exceeded the maximum execution time of 1 minutes');
    expect(odd?.annotations[0]?.message).toContain('no positive whole number: 1.5');
  });

  it('goes on without a job that may fail, though it shows that it did', async () => {
    const run = await play(`
jobs:
  tried: { runs-on: ubuntu-latest, continue-on-error: true, steps: [ { run: exit 1 } ] }
  after: { needs: tried, runs-on: ubuntu-latest, steps: [ { run: 'test "$RESULT" = success', env: { RESULT: "\${{ needs.tried.result }}" } } ] }
`);
    expect(fixture.jobsOf()).toEqual({ tried: 'failure', after: 'success' });
    expect(run.conclusion).toBe('success');
  });

  it('takes shells and folders from the step, the job or the workflow, in this order', async () => {
    await play(`
defaults: { run: { shell: 'node {0}' } }
jobs:
  workflow: { runs-on: ubuntu-latest, steps: [ { run: 'console.log("by node")' }, { shell: bash, run: 'false | true && echo unreached' }, { if: always(), shell: sh, run: 'false | true && echo by sh' } ] }
  job: { runs-on: ubuntu-latest, defaults: { run: { shell: bash } }, steps: [ { run: 'shopt -qo pipefail && echo by bash' } ] }
  unknown: { runs-on: ubuntu-latest, steps: [ { shell: pwsh, run: 'true' } ] }
`);
    expect(fixture.lines).toEqual(expect.arrayContaining(['by node', 'by sh', 'by bash']));
    expect(fixture.lines).not.toContain('unreached');
    expect(fixture.runner.runs[0]?.jobs.find(({ id }) => id === 'unknown')?.steps[0]?.error).toMatch(/no shell pwsh/);
  });

  const CANCELLABLE = {
    '.github/workflows/ci.yml': `
on: workflow_dispatch
jobs:
  long: { runs-on: ubuntu-latest, steps: [ { run: "echo started; sleep 60", name: long }, { run: 'true', name: never }, { run: echo cleaned, if: always(), name: cleans } ] }
  patient: { runs-on: ubuntu-latest, if: always(), steps: [ { run: 'echo waiting; until [ -f "$FLAG" ]; do sleep 0.05; done', env: { FLAG: "\${{ vars.FLAG }}" } } ] }
  after: { needs: long, if: always(), runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
  never: { needs: long, if: always() && !cancelled(), runs-on: ubuntu-latest, steps: [ { run: 'true' } ] }
`,
  };
  const cancelUnderWay = async (flag: string): Promise<void> => {
    fixture = await startFixture(CANCELLABLE, { variables: { FLAG: flag } });
    await fixture.call('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' });
    await expect.poll(() => fixture.lines, { timeout: 30_000 }).toEqual(expect.arrayContaining(['started', 'waiting']));
    fixture.runner.cancel(fixture.runner.runs[0]?.id ?? 0);
    await expect.poll(() => fixture.lines, { timeout: 30_000 }).toContain('cleaned');
  };

  it('lets what asks for it run when a run is cancelled, and nothing else', async () => {
    const flag = path.join(tmpdir(), `runner-test-${randomUUID()}`);
    await cancelUnderWay(flag);
    const run = fixture.runner.runs[0];
    expect(run?.status).toBe('in_progress');
    await writeFile(flag, '');
    await fixture.runner.idle();
    await rm(flag);
    expect(fixture.jobsOf()).toEqual({ long: 'cancelled', patient: 'success', after: 'success' });
    expect(outcomes(run?.jobs.find(({ id }) => id === 'long')?.steps)).toEqual([
      'long: cancelled',
      'never: skipped',
      'cleans: success',
    ]);
    expect(run?.conclusion).toBe('cancelled');
  });

  it('waits for nothing when it is closed', async () => {
    await cancelUnderWay('/nowhere');
    await fixture.runner.close();
    expect(fixture.jobsOf()).toMatchObject({ patient: 'cancelled' });
  });
});
