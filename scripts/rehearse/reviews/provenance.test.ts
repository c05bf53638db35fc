import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createSigstore } from '@sagemaker-gitops/local-github';
import { readStateBucket } from '../../../actions/lib/adapters/checkout/state-bucket.ts';
import { factName, ledgerPrefix } from '../../../actions/lib/domain/ledger/fact.ts';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release/edit.ts';
import { liveRelease } from '../../../actions/lib/domain/release/release.ts';
import { releaseFileOnMain, settingsOf } from '../scenario/context.ts';
import { runsAfter } from '../scenario/expect-run.ts';
import { clientOptions } from '../scenario/first-release.ts';
import { GUARDED, logOf, OPEN, resultsOf, startReviewFixture, type ReviewFixture } from './review-fixture.ts';

// Each runs workflows of several jobs, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const VERIFY = 'Verify the artifact';
const digestOf = (image: string): string => image.slice(image.indexOf('@') + 1);

describe('an artifact that nothing proves', () => {
  let reviews: ReviewFixture;
  let built: { readonly image: string; readonly digest: string };
  beforeAll(async () => {
    reviews = await startReviewFixture(new AbortController().signal);
    // What release-service.yml would have built next.
    const { repository } = reviews.fixture;
    await repository.write('server/models/scoring/NOTES.md', 'Another image.\n');
    const image = await reviews.fixture.makeImage('scoring', await repository.commit('Another image'));
    built = { image, digest: digestOf(image) };
  });
  afterAll(async () => {
    await reviews.close();
  });

  /** Makes main say that an environment runs an image, with a source that claims the best. */
  const declare = async (environment: string, image: string, level: string): Promise<string> => {
    const file = await releaseFileOnMain(reviews.context, environment);
    const live = liveRelease(file);
    if (live === undefined) throw new Error('nothing is live');
    const spec = { ...live.spec, image, environment: { LOG_LEVEL: level } };
    const added = addRelease(file, spec, { ...live.source, promotedFrom: OPEN });
    const path = `environments/${environment}/release.json`;
    await reviews.fixture.team.pushSilently(`Release ${level}`, { [path]: renderReleaseFile(added.file) });
    return added.id;
  };
  /** Deploys to an environment whose reviewers approve whatever they are asked; gives the log of the verification. */
  const deploy = async (environment: string, inputs: Readonly<Record<string, string>> = {}) => {
    const { fixture } = reviews;
    const asked: string[] = [];
    const runs = await runsAfter(fixture, async () => {
      await fixture.team.dispatch('deploy.yml', { environment, ...inputs });
      while (fixture.runner.runs.at(-1)?.status !== 'completed') {
        asked.push(...fixture.approvals.waiting().map(({ jobName }) => jobName));
        reviews.decide(environment, true);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    const run = runs.find(({ workflow }) => workflow.endsWith('/deploy.yml')) ?? expect.fail('no run');
    return { run, asked, verification: (await logOf(run, VERIFY)).replaceAll(/\s+/g, ' ') };
  };
  const expectRefused = async (environment: string, words: RegExp): Promise<void> => {
    const before = serving(environment);
    const { run, asked, verification } = await deploy(environment);
    expect(verification).toMatch(words);
    expect(resultsOf(run, VERIFY)).toEqual(['failure']);
    expect([asked, resultsOf(run, 'Run Terraform'), resultsOf(run, 'Route and verify')]).toEqual([[], [], []]);
    expect(serving(environment)).toBe(before);
  };
  const serving = (environment: string): string | undefined =>
    reviews.fixture.aws
      .inspectEndpoints()
      .find(({ name }) => name === `scoring-${environment}`)
      ?.configName.slice(-12);

  /** The state bucket, as an administrator with keys of the account uses it. */
  const objects = async (environment: string) => {
    const settings = settingsOf(reviews.context, environment);
    const { bucket } = await readStateBucket(reviews.fixture.repository.root, settings);
    const client = new S3Client({
      ...clientOptions(reviews.fixture.awsEnvironmentOf(settings)),
      forcePathStyle: true,
    });
    const keyOf = (sequence: number) => ({ Bucket: bucket, Key: `${ledgerPrefix(settings)}${factName(sequence)}` });
    return {
      read: async (sequence: number) =>
        (await (await client.send(new GetObjectCommand(keyOf(sequence)))).Body?.transformToString()) ?? '',
      write: async (sequence: number, body: string) =>
        await client.send(new PutObjectCommand({ ...keyOf(sequence), Body: body })),
      remove: async (sequence: number) => await client.send(new DeleteObjectCommand(keyOf(sequence))),
    };
  };
  const attest = async (
    claims: Readonly<Record<string, string>> = {},
    authorities?: Awaited<ReturnType<typeof createSigstore>>,
  ) => {
    const { github } = reviews.fixture;
    const repository = `${github.state.owner}/${github.state.repo}`;
    const ref = claims['ref'] ?? 'refs/heads/main';
    const identity = {
      ...{ repository, repository_id: '1', ref, sha: 'c'.repeat(40), run_id: '7', event_name: 'push' },
      job_workflow_ref: `${claims['repository'] ?? repository}/.github/workflows/release-service.yml@${ref}`,
      workflow_ref: `${repository}/.github/workflows/release.yml@${ref}`,
      ...claims,
    };
    const subject = [{ name: 'scoring', digest: { sha256: built.digest.replace('sha256:', '') } }];
    await github.attest(
      identity,
      { subject, predicateType: 'https://slsa.dev/provenance/v1', predicate: {} },
      authorities,
    );
  };
  const forget = (): void => void reviews.fixture.github.state.attestations.splice(0);

  it('is not deployed where it skipped an environment, whatever release.json and GitHub Deployments claim', async () => {
    const { github } = reviews.fixture;
    // Any job with deployments: write can make such an entry.
    const bare = { ref: 'main', environment: OPEN, description: 'verified', auto_merge: false, required_contexts: [] };
    const response = await fetch(`${github.url}/repos/${github.state.owner}/${github.state.repo}/deployments`, {
      method: 'POST',
      headers: { authorization: `token ${github.token({ deployments: 'write' })}` },
      body: JSON.stringify(bare),
    });
    expect(response.status).toBe(201);
    await declare(GUARDED, built.image, 'debug');
    await expectRefused(GUARDED, /trial has not verified the artifact: its image was never deployed there/);
  });

  it('is not deployed after facts of another environment were copied into the ledger of the one before', async () => {
    const [trial, prime] = [await objects(OPEN), await objects('prime')];
    const copied = (await prime.read(1)).replaceAll(/registry[^"]*@sha256:[0-9a-f]{64}/g, built.image);
    await trial.write(3, copied);
    await expectRefused(GUARDED, /its ledger is not whole: fact 3 is about another repository, account or endpoint/);
    await trial.remove(3);
  });

  it('is not deployed after facts were written anew with its digest: the chain shows it', async () => {
    const trial = await objects(OPEN);
    const [begun, ended] = [await trial.read(1), await trial.read(2)];
    const image = /"image":"([^"]+)"/.exec(begun)?.[1] ?? '';
    await trial.write(1, begun.replaceAll(image, built.image));
    await expectRefused(GUARDED, /not whole: fact 1 is not the one that fact 2 was written after/);
    // Replayed under other numbers they say nothing either.
    await trial.write(1, begun);
    await trial.write(3, begun.replaceAll(image, built.image));
    await trial.write(4, ended);
    await expectRefused(GUARDED, /is not a fact that this version reads/);
    await trial.remove(3);
    await trial.remove(4);
  });

  it('is deployed with a reason, which the reviewers see and the ledger keeps', async () => {
    const release = await declare(GUARDED, built.image, 'debug');
    const { run, asked } = await deploy(GUARDED, { 'accept-unproven': 'trial is being rebuilt this week' });
    expect(asked[0]).toMatch(/NOT PROVEN, accepted: trial is being rebuilt this week$/);
    expect(run.conclusion).toBe('success');
    expect(serving(GUARDED)).toBe(release);
    expect(await (await objects(GUARDED)).read(3)).toMatch(
      /"provenance":\{"isAttested":false,"text":"accepted without proof \(trial is being rebuilt this week\): trial has not/,
    );
    // Known there from now on, it is not asked for again; a rollback asks for nothing.
    const again = await deploy(GUARDED, { recheck: 'true' });
    expect(again.verification).toContain('verified here before');
    const [rollback] = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('rollback.yml', { environment: GUARDED, reason: 'rehearsed' });
    });
    expect(rollback?.conclusion).toBe('success');
    expect(rollback?.jobs.map(({ name }) => name)).not.toContain(VERIFY);
  });

  it('is not accepted where nobody approves, unless the environment says that it is unprotected', async () => {
    reviews.fixture.github.state.settings.isPrivate = false;
    await declare(OPEN, built.image, 'debug');
    const digest = /plan-digest: ([0-9a-f]{64})/.exec(await logOf((await deploy(OPEN)).run, '/ Plan'))?.[1] ?? '';
    const inputs = { 'plan-digest': digest, 'accept-unproven': 'nobody has to know' };
    const { run, verification } = await deploy(OPEN, inputs);
    expect(verification).toMatch(/Nobody is set to approve an artifact in trial/);
    expect(resultsOf(run, 'Route and verify')).toEqual([]);
  });

  it.each<[string, RegExp, () => Promise<void>]>([
    [
      'nobody',
      /release-service\.yml of this repository on main has not attested sha256/,
      async () => await Promise.resolve(),
    ],
    [
      'another workflow',
      /one is by .*mine\.yml/,
      async () => await attest({ job_workflow_ref: 'octo-org/models/.github/workflows/mine.yml@refs/heads/main' }),
    ],
    ['a job on another branch', /a job on refs\/heads\/topic/, async () => await attest({ ref: 'refs/heads/topic' })],
    [
      'another repository',
      /another repository/,
      async () => await attest({ repository: 'mallory/models', repository_id: '13' }),
    ],
    [
      'authorities that GitHub does not use',
      /it is not valid/,
      async () => await attest({}, await createSigstore(() => reviews.fixture.github.serverUrl)),
    ],
  ])(
    'is not deployed to the first environment of a public repository where %s attested it',
    async (_, words, forge) => {
      forget();
      await forge();
      const digest = /plan-digest: ([0-9a-f]{64})/.exec(await logOf((await deploy(OPEN)).run, '/ Plan'))?.[1] ?? '';
      const { run, verification } = await deploy(OPEN, { 'plan-digest': digest });
      expect(verification).toMatch(words);
      expect(resultsOf(run, 'Run Terraform')).toEqual([]);
    },
  );

  it('is deployed there with an attestation of the workflow that builds, and known by it in the next one', async () => {
    forget();
    await attest();
    const digest = /plan-digest: ([0-9a-f]{64})/.exec(await logOf((await deploy(OPEN)).run, '/ Plan'))?.[1] ?? '';
    const { run, verification } = await deploy(OPEN, { 'plan-digest': digest });
    expect(verification).toMatch(/attested: release-service\.yml made sha256/);
    expect(run.conclusion).toBe('success');
    await declare(GUARDED, built.image, 'warn');
    const next = await deploy(GUARDED);
    expect(next.verification).toMatch(/verified in trial .*attested: release-service\.yml/);
    expect(next.run.conclusion).toBe('success');
  });

  it('is refused after that without its attestation, in a repository that was made private too', async () => {
    forget();
    reviews.fixture.github.state.settings.isPrivate = true;
    await declare(GUARDED, built.image, 'error');
    await expectRefused(GUARDED, /has not attested/);
  });
});
