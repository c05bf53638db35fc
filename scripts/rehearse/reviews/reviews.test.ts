import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CloudWatchClient, DeleteAlarmsCommand, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release/edit.ts';
import { liveRelease } from '../../../actions/lib/domain/release/release.ts';
import { releaseFileOnMain } from '../scenario/context.ts';
import { runsAfter } from '../scenario/expect-run.ts';
import { clientOptions } from '../scenario/first-release.ts';
import { addCommit, mergeInQueue } from './merging.ts';
import { GUARDED, logOf, OPEN, resultsOf, startReviewFixture, type ReviewFixture } from './review-fixture.ts';

// Each runs workflows of several jobs, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 });
// The scenes build on each other and take minutes together: `npm run long-tests` plays them.
const WHOLE = process.env['LONG_TESTS'] === 'all';
const DIGEST = /plan-digest: ([0-9a-f]{64})/;

describe.skipIf(!WHOLE)('what was shown is what is applied', () => {
  let reviews: ReviewFixture;
  beforeAll(async () => {
    reviews = await startReviewFixture(new AbortController().signal);
  });
  afterAll(async () => {
    await reviews.close();
  });

  const pushPastReview = async (environment: string, limits: Parameters<ReviewFixture['limits']>[1]): Promise<void> => {
    await reviews.fixture.team.pushSilently('Nobody saw this', await reviews.limits(environment, limits));
  };
  /** A release of the image that serves, which logs more. */
  const otherRelease = async (environment: string, level: string): Promise<readonly [string, string]> => {
    const file = await releaseFileOnMain(reviews.context, environment);
    const live = liveRelease(file);
    if (live === undefined) throw new Error('nothing is live');
    const added = addRelease(file, { ...live.spec, environment: { LOG_LEVEL: level } }, live.source);
    return [added.id, renderReleaseFile(added.file)];
  };
  const serving = (environment: string): string | undefined =>
    reviews.fixture.aws
      .inspectEndpoints()
      .find(({ name }) => name === `scoring-${environment}`)
      ?.configName.slice(-12);

  it('deploys what was reviewed without asking where nobody is set to approve', async () => {
    const number = await reviews.propose('errors-2', await reviews.limits(OPEN, { errors: 2 }));
    const run = await reviews.merge(number);
    expect(run.conclusion).toBe('success');
    expect(run.jobs.map(({ name }) => name).join('\n')).toMatch(
      /Approve: 1 change, \w+ serves, as reviewed, [0-9a-f]{12}/,
    );
    expect(await reviews.applied(OPEN)).toMatchObject({ errors: 2 });
  });

  it('refuses a plan that nobody was shown, until a person names its digest', async () => {
    await pushPastReview(OPEN, { errors: 3 });
    const refused = await reviews.deploy(OPEN);
    expect(resultsOf(refused, '/ Plan')).toEqual(['failure']);
    const log = await logOf(refused, '/ Plan');
    expect(log).toContain('no pull request into main brought it');
    expect(log).toContain('threshold = 3');
    const digest = DIGEST.exec(log)?.[1] ?? '';
    const other = await reviews.deploy(OPEN, { 'plan-digest': 'e'.repeat(64) });
    expect(await logOf(other, '/ Plan')).toContain(`the plan of now has the digest ${digest}, not eeee`);
    expect(await reviews.applied(OPEN)).toMatchObject({ errors: 2 });
    const named = await reviews.deploy(OPEN, { 'plan-digest': digest });
    expect(named.conclusion).toBe('success');
    expect(await reviews.applied(OPEN)).toMatchObject({ errors: 3 });
  });

  it('asks nobody, and changes nothing, where there is nothing to do', async () => {
    const run = await reviews.deploy(GUARDED);
    expect(run.conclusion).toBe('success');
    expect(resultsOf(run, 'Run Terraform')).toEqual([]);
    expect(reviews.fixture.approvals.waiting()).toEqual([]);
  });

  it('deploys three pull requests that a merge queue merges in one push', async () => {
    const files = [
      await reviews.limits(OPEN, { errors: 4 }),
      await reviews.limits(OPEN, { latencyMilliseconds: 700 }),
      { 'environments/trial/NOTES.md': 'A note.\n' },
    ];
    const numbers: number[] = [];
    for (const [index, changed] of files.entries())
      numbers.push(await reviews.propose(`queued-${String(index)}`, changed));
    const runs = await runsAfter(reviews.fixture, async () => await mergeInQueue(reviews, numbers, 'merge'));
    const run = runs.find(({ workflow }) => workflow.endsWith('/deploy.yml'));
    expect(run?.conclusion).toBe('success');
    expect(run?.jobs.map(({ name }) => name).join('\n')).toContain('as reviewed');
    expect(await reviews.applied(OPEN)).toEqual({ errors: 4, latencyMilliseconds: 700 });
  });

  it('deploys what a merge by rebase brings as several commits, and takes them for the one pull request', async () => {
    const limits = { errors: 8, latencyMilliseconds: 710 };
    const number = await reviews.propose('rebased', await reviews.limits(OPEN, { errors: 8 }));
    const more = await reviews.limits(OPEN, limits);
    await runsAfter(reviews.fixture, async () => await addCommit(reviews, 'rebased', more));
    const runs = await runsAfter(reviews.fixture, async () => await reviews.fixture.team.merge(number, 'rebase'));
    const run = runs.find(({ workflow }) => workflow.endsWith('/deploy.yml'));
    expect(run?.conclusion).toBe('success');
    expect(run?.jobs.map(({ name }) => name).join('\n')).toContain('as reviewed');
    expect(await reviews.applied(OPEN)).toEqual(limits);
  });

  it('deploys two merges that are seconds apart, in whichever order they are approved', async () => {
    const first = await reviews.propose('apart-1', await reviews.limits(GUARDED, { errors: 5 }));
    const second = await reviews.propose('apart-2', await reviews.limits(GUARDED, { latencyMilliseconds: 800 }));
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.merge(first);
      await reviews.fixture.team.merge(second);
      const names = await reviews.waiting(2);
      expect(names.filter((name) => name.includes('as reviewed'))).toHaveLength(2);
      const [older = 0, newer = 0] = reviews.fixture.approvals
        .waiting()
        .map(({ runId }) => runId)
        .sort();
      reviews.decide(GUARDED, true, newer);
      while ((await reviews.applied(GUARDED)).errors !== 5) await new Promise((resolve) => setTimeout(resolve, 100));
      const newest = reviews.fixture.runner.runs.find(({ id }) => id === newer);
      while (newest?.status !== 'completed') await new Promise((resolve) => setTimeout(resolve, 100));
      reviews.decide(GUARDED, true, older);
    });
    const deploys = runs.filter(({ workflow }) => workflow.endsWith('/deploy.yml'));
    expect(deploys.map(({ conclusion }) => conclusion)).toEqual(['success', 'success']);
    expect(await logOf(deploys[0] ?? expect.fail('no run'), 'Run Terraform')).toContain('is applied already');
    expect(resultsOf(deploys[0] ?? expect.fail('no run'), 'Route and verify')).toEqual([]);
    expect(await reviews.applied(GUARDED)).toEqual({ errors: 5, latencyMilliseconds: 800 });
  });

  it('applies nothing that was rejected, and keeps nobody waiting', async () => {
    await pushPastReview(GUARDED, { errors: 6 });
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('deploy.yml', { environment: GUARDED });
      await reviews.waiting();
      reviews.decide(GUARDED, false);
    });
    expect(runs[0]?.conclusion).toBe('failure');
    expect(await reviews.applied(GUARDED)).toMatchObject({ errors: 5 });
  });

  it('shows a plan that differs to the reviewers, and applies it when they approve', async () => {
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('deploy.yml', { environment: GUARDED });
      const [name = ''] = await reviews.waiting();
      expect(name).toMatch(/Approve: 1 change, .*, differs from what was reviewed, [0-9a-f]{12}$/);
      reviews.decide(GUARDED, true);
    });
    expect(runs[0]?.conclusion).toBe('success');
    expect(await reviews.applied(GUARDED)).toMatchObject({ errors: 6 });
  });

  it('applies nothing where the account has changed since the approval was asked for', async () => {
    await pushPastReview(GUARDED, { errors: 7 });
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('deploy.yml', { environment: GUARDED });
      await reviews.waiting();
      const place = reviews.fixture.content.main.environments.find(({ name }) => name === GUARDED);
      const cloudWatch = new CloudWatchClient(
        clientOptions(reviews.fixture.awsEnvironmentOf(place ?? reviews.fixture.content.main.first)),
      );
      const { MetricAlarms = [] } = await cloudWatch.send(
        new DescribeAlarmsCommand({ AlarmNamePrefix: `scoring-${GUARDED}-` }),
      );
      const AlarmNames = MetricAlarms.flatMap(({ AlarmName = '' }) =>
        AlarmName.endsWith('-abort') ? [AlarmName] : [],
      );
      await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames }));
      cloudWatch.destroy();
      reviews.decide(GUARDED, true);
    });
    expect(runs[0]?.conclusion).toBe('failure');
    expect(await logOf(runs[0] ?? expect.fail('no run'), 'Run Terraform')).toMatch(
      /a plan made now does more than the one that was shown[\s\S]*create .*aws_cloudwatch_metric_alarm\.abort/,
    );
    expect(await reviews.applied(GUARDED)).toMatchObject({ errors: 6 });
  });

  it('inherits no approval when failed jobs run again', async () => {
    const last = reviews.fixture.runner.runs.at(-1);
    const [again] = await runsAfter(reviews.fixture, async () => {
      reviews.fixture.runner.rerun(last?.id ?? 0, 'failed');
      await Promise.resolve();
    });
    expect(again).toMatchObject({ attempt: 2, conclusion: 'failure' });
    expect(await logOf(again ?? expect.fail('no run'), 'Run Terraform')).toContain(
      'Attempt 1 was approved, and this is attempt 2',
    );
    // All jobs again: planned, shown and approved anew.
    const [whole] = await runsAfter(reviews.fixture, async () => {
      reviews.fixture.runner.rerun(last?.id ?? 0, 'all');
      await reviews.waiting();
      reviews.decide(GUARDED, true);
    });
    expect(whole).toMatchObject({ attempt: 3, conclusion: 'success' });
    expect(await reviews.applied(GUARDED)).toMatchObject({ errors: 7 });
  });

  it('brings nothing back when an old run is run again', async () => {
    const old = reviews.fixture.runner.runs.find(
      ({ workflow, conclusion, jobs }) =>
        workflow.endsWith('/deploy.yml') && conclusion === 'success' && jobs.some(({ name }) => name.includes(OPEN)),
    );
    const [again] = await runsAfter(reviews.fixture, async () => {
      reviews.fixture.runner.rerun(old?.id ?? 0, 'all');
      await Promise.resolve();
    });
    expect(again?.conclusion).toBe('success');
    expect(resultsOf(again ?? expect.fail('no run'), 'Run Terraform')).toEqual([]);
    expect(await reviews.applied(OPEN)).toEqual({ errors: 8, latencyMilliseconds: 710 });
  });

  it('routes nothing when an approval comes after a rollback, and says whose', async () => {
    const v1 = serving(GUARDED);
    const [v2, text] = await otherRelease(GUARDED, 'debug');
    const file = `environments/${GUARDED}/release.json`;
    const approved = await reviews.propose('release-2', { [file]: text });
    await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.merge(approved);
      expect((await reviews.waiting())[0]).toContain(`${v1 ?? ''} → ${v2}, as reviewed`);
      reviews.decide(GUARDED, true);
    });
    expect(serving(GUARDED)).toBe(v2);
    const [v3, later] = await otherRelease(GUARDED, 'warn');
    const late = await reviews.propose('release-3', { [file]: later });
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.merge(late);
      await reviews.waiting();
      await reviews.fixture.team.dispatch('rollback.yml', { environment: GUARDED, reason: 'callers complain' });
      while (serving(GUARDED) !== v1) await new Promise((resolve) => setTimeout(resolve, 100));
      const rollback = reviews.fixture.runner.runs.findLast(({ workflow }) => workflow.endsWith('/rollback.yml'));
      while (rollback?.status !== 'completed') await new Promise((resolve) => setTimeout(resolve, 100));
      // Nobody was asked for the rollback: the one that waits is the deployment.
      expect(reviews.fixture.approvals.waiting()).toHaveLength(1);
      reviews.decide(GUARDED, true);
    });
    const deploy = runs.find(({ workflow }) => workflow.endsWith('/deploy.yml'));
    expect(deploy?.conclusion).toBe('failure');
    expect(await logOf(deploy ?? expect.fail('no run'), 'Route and verify')).toMatch(/is held[\s\S]*callers complain/);
    expect(serving(GUARDED)).toBe(v1);
    expect(v3).not.toBe(v2);
  });

  it('asks for a rollback to what was never verified, whatever it aborts', async () => {
    const [never] = Object.keys((await releaseFileOnMain(reviews.context, GUARDED)).releases).slice(-1);
    const runs = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('rollback.yml', {
        ...{ environment: GUARDED, release: never ?? '', reason: 'I insist', force: 'true' },
      });
      expect((await reviews.waiting())[0]).toContain(`Approve: roll back ${GUARDED}`);
      reviews.decide(GUARDED, false);
    });
    expect(resultsOf(runs[0] ?? expect.fail('no run'), `Roll back ${GUARDED}`)).toEqual([]);
    expect(resultsOf(runs[0] ?? expect.fail('no run'), 'abort a swap under way')).toEqual(['success']);
  });

  it('refuses hostile names, and every branch but the default one', async () => {
    for (const environment of ['nowhere', `${OPEN}-approval`, '../../etc', '$(id)', '"; exit 0; #', '__proto__']) {
      const run = await reviews.deploy(environment);
      expect([environment, run.conclusion]).toEqual([environment, 'failure']);
      expect(await logOf(run, 'Find the changed')).toContain('There is no environment');
    }
    const { team, github, runner } = reviews.fixture;
    await team.push({ branch: 'topic', title: 'topic', files: { 'environments/trial/NOTES.md': 'Another.\n' } });
    // Of Deploy the first job says so; of Roll back it is in the environment, which GitHub keeps.
    for (const [workflow, inputs, refusal] of [
      ['deploy.yml', { environment: OPEN }, 'from the default branch alone'],
      ['rollback.yml', { environment: OPEN, reason: 'mine' }, 'refs/heads/topic is not allowed to deploy'],
    ] as const) {
      const sha = (await github.git.resolve('refs/heads/topic')) ?? '';
      const path = `.github/workflows/${workflow}`;
      const [run] = await runsAfter(reviews.fixture, async () => {
        await runner.deliver({
          ...{ name: 'workflow_dispatch', actor: { login: 'mallory', id: 13, type: 'User', startsWorkflows: true } },
          ...{ ref: 'refs/heads/topic', sha },
          payload: {
            ...{ workflow: path, ref: 'refs/heads/topic', repository: { default_branch: 'main' } },
            inputs,
          },
        });
      });
      expect(run?.conclusion).toBe('failure');
      expect(await logOf(run ?? expect.fail('no run'), '')).toContain(refusal);
    }
  });

  it("gives no role to a branch's own workflow, nor to another file of main", async () => {
    const steal = (role: string): string => `
name: Mine
on: workflow_dispatch
permissions: {}
jobs:
  steal:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: { id-token: write }
    environment: { name: ${OPEN}, deployment: false }
    steps:
      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c
        with:
          aws-region: eu-west-1
          role-to-assume: arn:aws:iam::${reviews.fixture.content.main.first.account}:role/scoring-${OPEN}-${role}
`;
    const { team, github, runner } = reviews.fixture;
    const files = Object.fromEntries(
      ['apply', 'deploy'].map((role) => [`.github/workflows/steal-${role}.yml`, steal(role)]),
    );
    await team.push({ branch: 'steal', title: 'steal', files });
    await team.pushSilently('The same on main', files);
    const refusals = {
      steal: `refs/heads/steal is not allowed to deploy to ${OPEN}`,
      main: 'Not authorized to perform sts:AssumeRole',
    };
    for (const [branch, refusal] of Object.entries(refusals)) {
      for (const path of Object.keys(files)) {
        const sha = (await github.git.resolve(`refs/heads/${branch}`)) ?? '';
        const [run] = await runsAfter(reviews.fixture, async () => {
          await runner.deliver({
            ...{ name: 'workflow_dispatch', actor: { login: 'mallory', id: 13, type: 'User', startsWorkflows: true } },
            ...{ ref: `refs/heads/${branch}`, sha, payload: { workflow: path, ref: `refs/heads/${branch}` } },
          });
        });
        expect([branch, path, run?.conclusion]).toEqual([branch, path, 'failure']);
        expect(await logOf(run ?? expect.fail('no run'), '')).toContain(refusal);
      }
    }
  });
});
