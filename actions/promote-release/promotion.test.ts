import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import type { TeamEnvironment } from '../../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { runActionOk } from '../../scripts/testing/start-action.ts';
import { recordDeployment, startTeamAws, teamLedger } from '../../scripts/testing/sample-team/ledger.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import type { AttemptVerdict } from '../lib/domain/ledger/fact.ts';
import { renderReviewFile } from '../lib/domain/model-review/summary.ts';
import { evidenceOf } from '../lib/testing/image-evidence.ts';
import { reviewOf } from '../lib/testing/model-review.ts';
import { addRelease, renderReleaseFile } from '../lib/domain/release/edit.ts';
import { parseReleaseFile, type ReleaseFile } from '../lib/domain/release/release.ts';

const run = promisify(execFile);
// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const imageOf = (digit: string): string =>
  `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${digit.repeat(64)}`;

/** The actions as processes, with a local AWS and a local GitHub that have the sample team's environments. */
describeWithTool('git', 'promotion by pull request', () => {
  let folder: string;
  let github: LocalGithub;
  let aws: LocalAws;
  let commits: string[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'promotion-test-'));
    const source = path.join(folder, 'source');
    await writeSampleTeam(source);
    await git(source, 'init', '--quiet', '--initial-branch=main');
    await git(source, 'add', '.');
    commits = [];
    for (const message of ['First', 'Second', 'Third']) {
      await git(source, 'commit', '--quiet', '--allow-empty', '-m', message);
      commits.push((await git(source, 'rev-parse', 'HEAD')).trim());
    }
    github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models', source });
    // The environments of a service share an account.
    aws = await startTeamAws(path.join(folder, 'aws'), ['trial', 'label-trial']);
  });

  afterEach(async () => {
    // Every response must match GitHub's description.
    expect(github.calls.filter(({ status }) => status === 500)).toEqual([]);
    await github.close();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  const git = async (cwd: string, ...argv: string[]): Promise<string> => {
    const identity = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' };
    const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };
    return (await run('git', argv, { cwd, env: { ...process.env, ...identity, ...committer } })).stdout;
  };

  /** Starts an action as the runner does, and gives its outputs. */
  const start = async (
    action: string,
    given: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> => {
    const inputs = {
      'base-branch': 'main',
      'github-token': github.token({ contents: 'write', 'pull-requests': 'write' }),
      'working-directory': path.join(folder, 'source'),
      ...given,
    };
    const job = github.oidc.allow({ sub: 'repo:octo-org/models:ref:refs/heads/main' });
    const environment = { ...aws.environment, ...github.environment, ...job, GITHUB_SHA: commits[0] ?? '' };
    return (await runActionOk(action, inputs, environment)).outputs;
  };
  const evidence = (image: string, mountedModel?: string) => JSON.stringify(evidenceOf(image, mountedModel));
  const promoteImage = async (digit: string, commit: number, mountedModel?: string) =>
    await start('promote-release', {
      service: 'scoring',
      image: imageOf(digit),
      commit: commits[commit] ?? '',
      evidence: evidence(imageOf(digit), mountedModel),
    });
  const releaseFile = async (ref: string, environment: string): Promise<ReleaseFile> => {
    const file = `environments/${environment}/release.json`;
    return parseReleaseFile({ path: file, text: await github.git.git(['show', `${ref}:${file}`]) });
  };
  const open = () => github.state.issues.filter(({ state }) => state === 'open');
  const merge = async (number: string | undefined): Promise<void> => {
    const response = await fetch(`${github.url}/repos/octo-org/models/pulls/${number ?? ''}/merge`, {
      method: 'PUT',
      headers: { authorization: `token ${github.token('all', ADA)}` },
    });
    expect(response.status).toBe(200);
  };
  /** Records in the ledger how the live release of an environment did, with its image or another one. */
  const verify = async (name: TeamEnvironment, verdict: AttemptVerdict, image?: string): Promise<void> => {
    const { live, releases } = await releaseFile('main', name);
    if (live === null) throw new Error(`${name} has no live release`);
    const deployed = image ?? releases[live]?.spec.image ?? '';
    await recordDeployment(teamLedger(aws, name), { release: live, image: deployed, verdict });
  };

  it('proposes a new image to the first environment, in a pull request that changes its release file alone', async () => {
    const outputs = await promoteImage('1', 0);
    expect(outputs['outcome']).toBe('opened');
    const [pull] = open();
    const branch = `promote/trial/${outputs['release'] ?? ''}`;
    expect(pull).toMatchObject({ user: { login: 'github-actions[bot]' }, pull: { headRef: branch, baseRef: 'main' } });
    const changes = await github.git.changes('main', branch);
    expect(changes.map(({ filename }) => filename)).toEqual(['environments/trial/release.json']);
    const file = await releaseFile(branch, 'trial');
    expect(file.live).toBe(outputs['release']);
    expect(file.releases[file.live ?? '']).toMatchObject({
      spec: { image: imageOf('1'), model: null },
      source: { commit: commits[0], promotedFrom: null, modelDigest: evidenceOf('').modelDigest },
    });
    expect(pull?.body).toContain('no environment has verified it yet');
    expect(pull?.body).toContain(
      `**The image** \`sha256:${'1'.repeat(64)}\` (model \`sha256:${'e'.repeat(64)}\`, in the image)`,
    );
    expect(pull?.body).toContain('answered all 20 cases of trial, prime and of the model');
  });

  it('goes on where a file of another service is broken, and passes over no environment that it cannot read', async () => {
    const file = 'environments/label-prime/environment.json';
    await writeFile(path.join(folder, 'source', file), '{ "service": ');
    expect((await promoteImage('1', 0))['outcome']).toBe('opened');
    await expect(start('promote-release', { from: 'label-trial', commit: commits[0] ?? '' })).rejects.toThrow(
      /chain of labelling goes through label-prime[^]*label-prime\/environment.json line 1/,
    );
  });

  it('carries what the artifact answers differently from what serves, also to the environment after that', async () => {
    const reviews = path.join(folder, 'reviews');
    await mkdir(reviews);
    const writeReview = async (text: string) => await writeFile(path.join(reviews, 'scoring.json'), text);
    const model = (letter: string): string => `sha256:${letter.repeat(64)}`;
    const propose = async (digit: string, commit: number, modelDigest: string) =>
      await start('promote-release', {
        ...{ service: 'scoring', image: imageOf(digit), commit: commits[commit] ?? '', 'review-directory': reviews },
        evidence: JSON.stringify({ ...evidenceOf(imageOf(digit)), modelDigest }),
      });
    const onward = async () =>
      await start('promote-release', { from: 'trial', commit: commits[0] ?? '', 'review-directory': reviews });
    await merge((await propose('1', 0, model('1')))['pull-request']);
    await verify('trial', 'passed');
    await merge((await onward())['pull-request']);
    await verify('preview', 'passed');
    const [base, head] = [0, 1].map((at) => ({ sha: commits[at] ?? '', digest: model(String(at + 1)) }));
    if (base === undefined || head === undefined) throw new Error('there are two commits');
    await writeReview(renderReviewFile(reviewOf({ service: 'scoring', base, head })));
    const pull = await propose('2', 1, model('2'));
    const bodyOf = (number: string | undefined) => open().find((one) => String(one.number) === number)?.body ?? '';
    expect(bodyOf(pull['pull-request'])).toContain('**3 of 40 rows change their label (3 `setosa` → `virginica`)**');
    expect(bodyOf(pull['pull-request'])).toContain('differently from what serves in trial');
    await merge(pull['pull-request']);
    await verify('trial', 'passed');
    const next = await onward();
    expect(bodyOf(next['pull-request'])).toContain('differently from what serves in preview');
    await writeReview('{}');
    expect((await onward())['outcome']).toBe('updated');
    expect(bodyOf(next['pull-request'])).toContain('**Not reviewed** against what serves in preview: the run made no');
  });

  it('brings the open pull request of the same release up to date, and proposes nothing once it is merged', async () => {
    const first = await promoteImage('1', 0);
    const again = await promoteImage('1', 0);
    expect([again['outcome'], again['pull-request']]).toEqual(['updated', first['pull-request']]);
    expect(open()).toHaveLength(1);
    await merge(first['pull-request']);
    expect((await promoteImage('1', 0))['outcome']).toBe('up-to-date');
  });

  it('supersedes an older proposal, and is not superseded by one that comes late', async () => {
    const first = await promoteImage('1', 0);
    const third = await promoteImage('3', 2);
    expect(open().map(({ number }) => String(number))).toEqual([third['pull-request']]);
    expect(github.state.comments.map(({ body }) => body)).toEqual([`Superseded by #${third['pull-request'] ?? ''}.`]);
    expect(await github.git.resolve(`promote/trial/${first['release'] ?? ''}`)).toBeUndefined();
    expect((await promoteImage('2', 1))['outcome']).toBe('superseded');
    expect(open()).toHaveLength(1);
  });

  it('leaves a person’s pull request from a branch of that name alone', async () => {
    await github.git.git(['update-ref', 'refs/heads/promote/trial/mine', commits[0] ?? '']);
    await github.git.git(['update-ref', 'refs/heads/main', commits[2] ?? '']);
    const tree = await github.git.writeTree('main', [
      { path: 'note.txt', blob: await github.git.writeBlob(Buffer.from('x')) },
    ]);
    const who = { name: 'Ada', email: 'ada@example.org', date: '2026-01-31T10:00:00Z' };
    const commit = await github.git.writeCommit({
      tree,
      parents: [commits[2] ?? ''],
      author: who,
      committer: who,
      message: 'Mine',
    });
    await github.git.git(['update-ref', 'refs/heads/promote/trial/mine', commit]);
    await fetch(`${github.url}/repos/octo-org/models/pulls`, {
      method: 'POST',
      headers: { authorization: `token ${github.token('all', ADA)}` },
      body: JSON.stringify({ head: 'promote/trial/mine', base: 'main', title: 'Mine' }),
    });
    await promoteImage('1', 0);
    expect(open().map(({ title }) => title)).toContain('Mine');
  });

  it('promotes from an environment only what its ledger has verified, to the digest, with the evidence', async () => {
    await merge((await promoteImage('1', 0))['pull-request']);
    const promote = async () => await start('promote-release', { from: 'trial', commit: commits[0] ?? '' });
    expect((await promote())['outcome']).toBe('not-verified');
    await verify('trial', 'none');
    expect((await promote())['outcome']).toBe('not-verified');
    await verify('trial', 'passed', imageOf('9'));
    expect((await promote())['outcome']).toBe('not-verified');
    expect(open()).toEqual([]);
    await verify('trial', 'passed');
    const outputs = await promote();
    expect(outputs['environment']).toBe('preview');
    const branch = `promote/preview/${outputs['release'] ?? ''}`;
    const file = await releaseFile(branch, 'preview');
    expect(file.releases[file.live ?? '']).toMatchObject({
      spec: { image: imageOf('1') },
      source: { promotedFrom: 'trial', modelDigest: evidenceOf('').modelDigest },
    });
    expect(open()[0]?.body).toMatch(
      /\*\*trial\*\* has verified this artifact.*500 requests, p50 3 ms, p99 9 ms, parity: equal, \[the run\]\(https:\/\/github\.example\/runs\/7\)/,
    );
  });

  it('promotes nothing that its environment has found bad, and proposes nothing that the next one has', async () => {
    await merge((await promoteImage('1', 0))['pull-request']);
    await verify('trial', 'passed');
    const proposed = await start('promote-release', { from: 'trial', commit: commits[0] ?? '' });
    await merge(proposed['pull-request']);
    await verify('preview', 'failed');
    const file = await releaseFile('main', 'preview');
    await github.git.git(['update-ref', 'refs/heads/main', (await github.git.git(['rev-parse', 'main~1'])).trim()]);
    expect((await releaseFile('main', 'preview')).live).not.toBe(file.live);
    expect((await start('promote-release', { from: 'trial', commit: commits[0] ?? '' }))['outcome']).toBe('rejected');
    await verify('trial', 'failed');
    expect((await start('promote-release', { from: 'trial', commit: commits[0] ?? '' }))['outcome']).toBe(
      'not-verified',
    );
    expect(open()).toEqual([]);
  });

  it('carries the model that belongs to an image to the release, and on to the next environment', async () => {
    const digest = `sha256:${'d'.repeat(64)}`;
    const model = { uri: `s3://models/${digest.replace(':', '-')}/`, digest };
    const tested = evidence(imageOf('1'), digest);
    const image = { service: 'scoring', image: imageOf('1'), commit: commits[0] ?? '', evidence: tested };
    const given = { ...image, 'model-uri': model.uri, 'model-digest': model.digest };
    const proposed = await start('promote-release', given);
    await merge(proposed['pull-request']);
    const { live, releases } = await releaseFile('main', 'trial');
    expect(releases[live ?? '']?.spec).toMatchObject({ image: imageOf('1'), model });
    expect(releases[live ?? '']?.source).not.toHaveProperty('modelDigest');
    await verify('trial', 'passed');
    const next = await start('promote-release', { from: 'trial', commit: commits[0] ?? '' });
    const preview = await releaseFile(`promote/preview/${next['release'] ?? ''}`, 'preview');
    expect(preview.releases[preview.live ?? '']?.spec.model).toEqual(model);
    // An image alone keeps the model that the environment has.
    const later = await promoteImage('2', 1, digest);
    const trial = await releaseFile(`promote/trial/${later['release'] ?? ''}`, 'trial');
    expect(trial.releases[trial.live ?? '']?.spec).toMatchObject({ image: imageOf('2'), model });
    await expect(start('promote-release', { ...image, 'model-uri': model.uri })).rejects.toThrow(
      /"model-uri" and "model-digest" are not valid together/,
    );
  });

  it.each([
    ['without evidence', () => ''],
    ['with evidence of another image', () => evidence(imageOf('2'))],
    ['with evidence of another model', () => evidence(imageOf('1'), `sha256:${'d'.repeat(64)}`)],
  ])('proposes no image %s', async (_, given) => {
    const image = { service: 'scoring', image: imageOf('1'), commit: commits[0] ?? '', evidence: given() };
    await expect(start('promote-release', image)).rejects.toThrow(/evidence/);
    expect(open()).toEqual([]);
  });

  it('has nothing to propose after the last environment', async () => {
    expect((await start('promote-release', { from: 'prime', commit: commits[0] ?? '' }))['outcome']).toBe('last');
  });

  it('proposes nothing of a service to an environment of another one', async () => {
    const labelling = imageOf('1').replace('/scoring@', '/labelling@');
    const given = { commit: commits[0] ?? '', evidence: evidence(labelling) };
    const first = await start('promote-release', { ...given, service: 'labelling', image: labelling });
    expect(first['environment']).toBe('label-trial');
    await merge(first['pull-request']);
    await verify('label-trial', 'passed');
    const second = await start('promote-release', { ...given, from: 'label-trial' });
    expect(second['environment']).toBe('label-prime');
    await merge(second['pull-request']);
    await verify('label-prime', 'passed');
    // The other service's environments have the same places, and come after it by name.
    expect((await start('promote-release', { ...given, from: 'label-prime' }))['outcome']).toBe('last');
    expect(open()).toEqual([]);
    await expect(start('promote-release', { ...given, image: labelling })).rejects.toThrow(
      /several services[^]*labelling, scoring/,
    );
    await expect(start('promote-release', { ...given, from: 'trial', service: 'labelling' })).rejects.toThrow(
      /"from" and "service" are not valid together/,
    );
  });

  it('proposes nothing to an environment that is not set up, and says what to do', async () => {
    const file = path.join(folder, 'source/environments/trial/environment.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('210987654321', '123456789012'));
    const ended = await runActionOk(
      'promote-release',
      {
        ...{
          'base-branch': 'main',
          'github-token': github.token({}),
          'working-directory': path.join(folder, 'source'),
        },
        ...{ service: 'scoring', image: imageOf('1'), commit: commits[0] ?? '', evidence: evidence(imageOf('1')) },
      },
      { ...github.environment, GITHUB_SHA: commits[0] ?? '' },
    );
    expect(ended.outputs).toMatchObject({ outcome: 'not-configured', environment: 'trial' });
    expect(ended.summary).toContain("`trial` isn't set up yet");
    expect(open()).toEqual([]);
  });

  it('records a rollback as a change of one line, and calls nobody who is named in its reason', async () => {
    await merge((await promoteImage('1', 0))['pull-request']);
    const first = (await releaseFile('main', 'trial')).live ?? '';
    await merge((await promoteImage('2', 1))['pull-request']);
    const given = { environment: 'trial', release: first, reason: 'wrong answers, `@octo-org/everyone`\n# Heading' };
    const outputs = await start('record-rollback', given);
    expect(outputs['outcome']).toBe('opened');
    const [change] = await github.git.changes('main', `rollback-record/trial/${first}`);
    expect(change).toMatchObject({ filename: 'environments/trial/release.json', additions: 1, deletions: 1 });
    expect((await releaseFile(`rollback-record/trial/${first}`, 'trial')).live).toBe(first);
    expect(open()[0]?.body).toContain('`` wrong answers, `@octo-org/everyone` # Heading ``');
    await merge(outputs['pull-request']);
    expect((await start('record-rollback', given))['outcome']).toBe('up-to-date');
  });

  it('refuses to record a release that the file does not list', async () => {
    const given = { environment: 'trial', release: '0'.repeat(12), reason: 'test' };
    await expect(start('record-rollback', given)).rejects.toThrow(/Release 000000000000 is not among the releases/);
    expect(open()).toEqual([]);
  });

  it('makes a release file that the tool for people makes too', async () => {
    const outputs = await promoteImage('1', 0);
    const file = await releaseFile(`promote/trial/${outputs['release'] ?? ''}`, 'trial');
    const entry = file.releases[file.live ?? ''];
    if (entry === undefined) throw new Error('no live release');
    const expected = addRelease(await releaseFile('main', 'trial'), entry.spec, entry.source).file;
    expect(await github.git.git(['show', `promote/trial/${file.live ?? ''}:environments/trial/release.json`])).toBe(
      renderReleaseFile(expected),
    );
  });
});
