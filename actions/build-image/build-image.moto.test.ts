import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { iamRequestsOfMotoCall } from '../../scripts/testing/iam-requests.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { runActionOk } from '../../scripts/testing/start-action.ts';
import { startTerraformAws, type TerraformAws } from '../../scripts/testing/terraform-aws.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';

const COMMITS = ['1', '2'].map((digit) => digit.repeat(40));
// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const FILES: Readonly<Record<string, string>> = {
  'server/Dockerfile': `ARG BASE=node:24@sha256:${'b'.repeat(64)}
FROM scratch
COPY package-lock.json /
COPY server/dist /
`,
  'server/dist/main.js': 'serve();',
  'server/src/main.ts': "import { Hono } from 'hono';\n",
  'server/models/scoring/model.onnx': 'graph',
  'server/models/scoring/train.ts': 'train();',
  'package.json': JSON.stringify({ name: 'models', version: '1.0.0', workspaces: ['server'] }),
  'server/models/scoring/build.json': JSON.stringify({ modelBucket: 'models', modelPrefix: 'onnx' }),
  'server/package.json': JSON.stringify({ name: 'server', version: '1.0.0', dependencies: { hono: '4.0.0' } }),
  'package-lock.json': JSON.stringify({
    name: 'models',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'models', version: '1.0.0', workspaces: ['server'] },
      'node_modules/server': { resolved: 'server', link: true },
      server: { version: '1.0.0', dependencies: { hono: '4.0.0' } },
      'node_modules/hono': { version: '4.0.0', license: 'MIT' },
    },
  }),
};

/** The action as a process, with a real engine, the local ECR, and moto for S3. */
describeWithTool(['docker', 'moto'], 'build-image with a model bucket', () => {
  let folder: string;
  let local: TerraformAws;
  let aws: LocalAws;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'build-image-moto-test-'));
    local = await startTerraformAws({ launcher: { kind: 'fake' } });
    aws = local.aws;
    const settings = {
      endpoint: aws.url,
      region: aws.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const ecr = new ECRClient(settings);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'scoring', imageTagMutability: 'IMMUTABLE' }));
    ecr.destroy();
    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({ Bucket: 'models', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    s3.destroy();
    for (const [file, text] of Object.entries(FILES)) {
      await mkdir(path.dirname(path.join(folder, 'source', file)), { recursive: true });
      await writeFile(path.join(folder, 'source', file), text);
    }
  });

  afterAll(async () => {
    const tags = COMMITS.map((tag) => `${new URL(aws.url).host}/scoring:${tag}`);
    await promisify(execFile)('docker', ['image', 'rm', '--force', ...tags]).catch(() => undefined);
    await local.close();
    await rm(folder, { recursive: true });
  });

  const start = async (commit: string | undefined) => {
    const inputs = {
      ...{ repository: 'scoring', region: aws.region, commit: commit ?? '', 'commit-time': '1700000000' },
      ...{ context: '.', dockerfile: 'server/Dockerfile', platform: 'linux/amd64' },
      ...{ 'model-directory': 'server/models/scoring', 'working-directory': path.join(folder, 'source') },
    };
    return (await runActionOk('build-image', inputs, { ...aws.environment, DOCKER_BUILDKIT: '0', RUNNER_TEMP: folder }))
      .outputs;
  };

  it('publishes the model once, beside images that do not hold it, with calls that the build role may make', async () => {
    const before = local.moto.calls.length;
    const first = await start(COMMITS[0]);
    await writeFile(path.join(folder, 'source/server/dist/main.js'), 'serve(again);');
    const second = await start(COMMITS[1]);
    expect(second['model-uri']).toBe(first['model-uri']);
    expect(first['model-uri']).toBe(`s3://models/onnx/${first['model-digest']?.replace(':', '-') ?? ''}/`);
    const calls = local.moto.calls.slice(before);
    expect(calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    const place = { accountId: '', region: '', keyTags: {}, boundary: '' };
    const actions = calls.flatMap((call) => iamRequestsOfMotoCall(call, place)).map(({ action }) => action);
    expect([...new Set(actions)].sort()).toEqual(['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
    // Of the two layers without a model the one with the server is new.
    expect(second['previous-digest']).toBe(first['digest']);
    expect(Number(second['new-layers-size'])).toBeGreaterThan(0);
    expect(Number(second['new-layers-size'])).toBeLessThan(Number(second['size']));
    const sbom = JSON.parse(await readFile(second['sbom-file'] ?? '', 'utf8')) as { packages: { name: string }[] };
    // The model is not in the image.
    expect(sbom.packages.map(({ name }) => name)).toEqual(['scoring', 'hono', 'server', 'node:24']);
  });
});
