import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import type { Actor } from '@sagemaker-gitops/local-github';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { captureBucketName, endpointName } from '../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
// Whose pull requests promotions are.
const BOT: Actor = { login: 'github-actions[bot]', id: 41_898_282, type: 'Bot', startsWorkflows: false };
const PLACE = { ...VALID_ENVIRONMENT, name: 'trial' };
const ROLE = 'arn:aws:iam::210987654321:role/scoring-trial-replay';
const FILE = 'environments/trial/environment.json';
const SECRET = 'a-name-that-a-caller-sent';
const ALL = { find: 'success', build: 'success', replay: 'success', comment: 'success' };

/** replay.yml as it stands. The servers can't be started: that is what the replay says. */
describeWithTool(['git', 'isolation'], 'a replay', () => {
  let place: OwnRepository;
  let aws: LocalAws;
  let folder: string;
  let isTrusted: boolean;

  beforeEach(async () => {
    isTrusted = true;
    folder = await mkdtemp(path.join(tmpdir(), 'replay-workflow-'));
    aws = await startLocalAws({ logDirectory: folder, accountId: PLACE.account, region: PLACE.region });
    const { AWS_ENDPOINT_URL = '' } = aws.environment;
    const session = { AWS_ACCESS_KEY_ID: 'AKIALOCALAWS00000001', AWS_SECRET_ACCESS_KEY: 'hidden' };
    place = await hostOwnRepository({
      environment: { AWS_ENDPOINT_URL },
      assumeRole: async () =>
        isTrusted
          ? await Promise.resolve({ ...session, AWS_SESSION_TOKEN: 'concealed' })
          : await Promise.reject(new Error('Not authorized to perform sts:AssumeRoleWithWebIdentity')),
    });
    await captureOne();
  });
  afterEach(async () => {
    await place.close();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  async function captureOne(): Promise<void> {
    const credentials = { accessKeyId: 'AKIALOCALAWS00000001', secretAccessKey: 'test' };
    const s3 = new S3Client({ region: PLACE.region, endpoint: aws.url, forcePathStyle: true, credentials });
    const Bucket = captureBucketName(PLACE);
    const region = { LocationConstraint: PLACE.region };
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: region }));
    const hour = new Date().toISOString().slice(0, 13).replace(/[-T]/g, '/');
    const endpointInput = {
      ...{ observedContentType: 'application/json', mode: 'INPUT', encoding: 'JSON' },
      data: JSON.stringify({ name: SECRET }),
    };
    const line = { captureData: { endpointInput }, eventMetadata: { eventId: 'x' }, eventVersion: '0' };
    const Key = `${endpointName(PLACE)}/primary/${hour}/00-00-000-x.jsonl`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${JSON.stringify(line)}\n` }));
  }

  /** A release file whose first release is live, unless another one is. */
  function releaseFile(commit: string, count: number): string {
    const specs = ['a', 'b'].slice(0, count).map((digit): ReleaseSpec => {
      const image = `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${digit.repeat(64)}`;
      const runs = { instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 };
      return { image, model: null, ...runs };
    });
    const source = { commit, createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
    const releases = Object.fromEntries(specs.map((spec) => [releaseIdOf(spec), { spec, source }]));
    return JSON.stringify({ live: Object.keys(releases)[count - 1], releases });
  }

  const push = async (branch: string, files: Readonly<Record<string, string>>): Promise<void> => {
    await place.push(BOT, branch, files);
    await place.runner.idle();
  };
  /** Puts a release into service on main, and opens the promotion of the next one. */
  const promote = async (settings: object, isMerged = true): Promise<void> => {
    const built = { 'server/package.json': '{"type":"module"}', 'server/dist/main.js': 'process.exit(1);' };
    const runtime = ['package.json', 'dist/index.js', 'bin/napi-v6/linux/x64/libonnxruntime.so'];
    await push('main', {
      ...built,
      'server/models/scoring/model.onnx': 'a model',
      'node_modules/onnxruntime-common/package.json': '{}',
      ...Object.fromEntries(runtime.map((file) => [`node_modules/onnxruntime-node/${file}`, '{}'])),
    });
    const head = (await place.github.git.resolve('main')) ?? '';
    const file = JSON.parse(await readFile(path.join(place.clone, FILE), 'utf8')) as object;
    await push('main', {
      [FILE]: JSON.stringify({ ...file, ...settings }),
      'environments/trial/release.json': releaseFile(head, 1),
    });
    await push('promote/trial/next', { 'server/dist/main.js': 'process.exit(2);' });
    const beside = (await place.github.git.resolve('promote/trial/next')) ?? '';
    await push('promote/trial/next', { 'environments/trial/release.json': releaseFile(isMerged ? head : beside, 2) });
    const pull = { head: 'promote/trial/next', base: 'main', title: 'Promote' };
    expect((await place.call(BOT, 'POST', 'pulls', pull)).status).toBe(201);
    await place.runner.idle();
  };
  /** The results of the jobs of the next run, and its log. */
  const replay = async (inputs: Readonly<Record<string, string>> = {}) => {
    const before = place.runner.runs.length;
    const dispatched = await place.call(ADA, 'POST', 'actions/workflows/replay.yml/dispatches', {
      ref: 'main',
      inputs,
    });
    expect(dispatched.status).toBe(204);
    await place.runner.idle();
    return place.results(before);
  };
  const ON = { dataCapture: { samplingPercentage: 100, retentionDays: 1 }, replay: { rows: 10, hours: 2 } };

  it('reads with the role of its environment, asks in isolation, and comments the promotion once', async () => {
    await promote(ON);
    const roles = place.roles.length;
    expect(await replay()).toEqual(ALL);
    expect(place.roles.slice(roles)).toEqual([ROLE]);
    const [comment, ...others] = place.github.state.comments;
    expect(others).toEqual([]);
    expect(comment?.body).toContain('Captured requests of `trial`: what they would be answered differently');
    expect(comment?.body).toContain('the model before does not run in its own server');
    expect(comment?.body).toContain('1 requests that were captured in the last 2 hours');
    // It has its replay: nothing is built or read again.
    expect(await replay()).toEqual({ find: 'success' });
    // By name it has, into the same comment.
    expect(await replay({ environment: 'trial' })).toEqual(ALL);
    expect(place.github.state.comments).toHaveLength(1);
    expect(JSON.stringify([place.runner.runs, place.github.state.comments])).not.toContain(SECRET);
  });

  it('asks for no role where environment.json turns no replay on', async () => {
    await promote({ ...ON, replay: null });
    const roles = place.roles.length;
    expect(await replay()).toEqual({ find: 'success' });
    expect(place.roles.length).toBe(roles);
    expect(place.github.state.comments).toEqual([]);
  });

  it('builds no commit that was not merged, whatever a promotion names', async () => {
    await promote(ON, false);
    expect(await replay()).toEqual({ find: 'success' });
    expect(JSON.stringify(place.runner.runs.at(-1)?.jobs)).toContain(
      'was not built from a commit of the default branch',
    );
  });

  it('fails, and comments nothing, where the role trusts it not', async () => {
    await promote(ON);
    isTrusted = false;
    expect(await replay()).toEqual({ find: 'success', build: 'success', replay: 'failure' });
    expect(place.github.state.comments).toEqual([]);
  });
});
