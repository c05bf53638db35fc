import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIsolatedReview } from '../../actions/lib/adapters/system/isolated-review.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { captureBucketName, endpointName } from '../../actions/lib/domain/environment/names.ts';
import { NO_LIMITS } from '../../actions/lib/domain/model-review/limits.ts';
import { renderIsolatedOrder } from '../../actions/lib/domain/replay/isolated-order.ts';
import { parseReplaySummary, type ReplaySummary } from '../../actions/lib/domain/replay/summary.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { encodeModel } from '../../server/sample-model/onnx-writer.ts';
import { seededUniform } from '../../server/sample-model/random.ts';
import { ROOT } from '../build.ts';
import { buildFreshServer, type FreshServer } from '../testing/fresh-server.ts';
import { expectExit, runAction, type ActionResult } from '../testing/run-action.ts';
import { describeWithTool } from '../testing/tools.ts';
import { classifier, FEATURES, SAME, type Planted } from './classifier.ts';

const PLACE = { ...VALID_ENVIRONMENT, name: 'trial' };
const ENDPOINT = endpointName(PLACE);
const BUCKET = captureBucketName(PLACE);
const REQUESTS = 60;
const PROBES = 5;
const [RELEASE, LIVE] = ['0123456789ab', 'ba9876543210'];
const uniform = seededUniform(5);

describeWithTool('isolation', 'the replay of captured requests', () => {
  let aws: LocalAws;
  let server: FreshServer;
  let folder: string;
  /** Every number that a caller sent. */
  const captured: string[] = [];

  beforeAll(async () => {
    server = await buildFreshServer();
    folder = await mkdtemp(path.join(tmpdir(), 'replay-'));
    aws = await startLocalAws({
      ...{ logDirectory: path.join(folder, 'logs'), accountId: PLACE.account, region: PLACE.region },
      // What is gathered for a minute is written after a tenth of a second.
      ...{ acceleration: 600, launcher: { kind: 'fake', behave: () => ({}) } },
    });
    await capture();
  }, 120_000);
  afterAll(async () => {
    await aws.close();
    await server.remove();
    await rm(folder, { recursive: true });
  });

  /** Sends requests of callers and of our own probes to an endpoint that captures all of them. */
  async function capture(): Promise<void> {
    const clients = createClients(aws);
    const s3 = s3Client();
    const region = { LocationConstraint: PLACE.region };
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: region }));
    const Image = aws.putManifestOnlyImage({ repository: PLACE.service, seed: LIVE });
    const ExecutionRoleArn = `arn:aws:iam::${PLACE.account}:role/execution`;
    await clients.sagemaker.send(
      new CreateModelCommand({ ModelName: LIVE, ExecutionRoleArn, PrimaryContainer: { Image } }),
    );
    await clients.sagemaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: 'capturing',
        ProductionVariants: [
          { VariantName: 'primary', ModelName: LIVE, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
        ],
        // As terraform/modules/inference-endpoint sets it: without media types, so that all is base64.
        DataCaptureConfig: {
          ...{ InitialSamplingPercentage: 100, DestinationS3Uri: `s3://${BUCKET}/` },
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
        },
      }),
    );
    await clients.sagemaker.send(
      new CreateEndpointCommand({ EndpointName: ENDPOINT, EndpointConfigName: 'capturing' }),
    );
    const waiter = { client: clients.sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
    await waitUntilEndpointInService(waiter, { EndpointName: ENDPOINT });
    for (let index = 0; index < REQUESTS + PROBES; index += 1) {
      const data = Array.from({ length: FEATURES }, () => Math.fround(uniform() * 20 - 10));
      captured.push(...data.map(String));
      await clients.runtime.send(
        new InvokeEndpointCommand({
          ...{ EndpointName: ENDPOINT, ContentType: 'application/json' },
          ...(index < PROBES ? { InferenceId: 'probe-7' } : { InferenceId: `order-${String(index)}-of-jane` }),
          Body: JSON.stringify({ inputs: [{ name: 'x', shape: [1, FEATURES], datatype: 'FP32', data }] }),
        }),
      );
    }
    while ((await linesIn(s3)) < REQUESTS + PROBES) await delay(100);
  }

  function s3Client(): S3Client {
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
    return new S3Client({ region: PLACE.region, endpoint: aws.url, forcePathStyle: true, credentials });
  }

  async function linesIn(s3: S3Client): Promise<number> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    const texts = Contents.map(
      async ({ Key }) =>
        (await (await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString()) ?? '',
    );
    return (await Promise.all(texts)).join('').split('\n').length - 1;
  }

  async function replay(
    candidate: Planted | 'broken',
    { inputs = {}, settings = {} }: { readonly inputs?: Record<string, string>; readonly settings?: object } = {},
  ): Promise<{ readonly result: ActionResult; readonly workspace: string; readonly summary: ReplaySummary }> {
    const workspace = await mkdtemp(path.join(folder, 'workspace-'));
    const write = async (file: string, content: string | Uint8Array): Promise<void> => {
      await mkdir(path.dirname(path.join(workspace, file)), { recursive: true });
      await writeFile(path.join(workspace, file), content);
    };
    const { name, ...file } = PLACE;
    const environment = {
      ...file,
      dataCapture: { samplingPercentage: 100, retentionDays: 30 },
      replay: { rows: 1000, hours: 2, ...settings },
    };
    await write(`environments/${name}/environment.json`, JSON.stringify(environment));
    for (const [side, planted] of [
      ['candidate', candidate],
      ['live', SAME],
    ] as const) {
      const model = planted === 'broken' ? Buffer.from('no model') : encodeModel(classifier(planted));
      await write(`servers/${side}/server/package.json`, '{"type":"module"}');
      await write(`servers/${side}/server/models/${PLACE.service}/model.onnx`, model);
      await cp(path.dirname(server.bundle), path.join(workspace, 'servers', side, 'server/dist'), { recursive: true });
      await symlink(path.join(ROOT, 'node_modules'), path.join(workspace, 'servers', side, 'node_modules'));
    }
    const result = await runAction({
      action: 'replay-requests',
      inputs: {
        ...{ environment: name, release: RELEASE, live: LIVE },
        ...{ 'candidate-commit': 'c'.repeat(40), 'live-commit': 'd'.repeat(40), ...inputs },
      },
      ...{ workspace, logDirectory: path.join(folder, 'actions'), signal: new AbortController().signal },
      environment: {
        ...aws.environment,
        ...{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret-token', GITHUB_SHA: 'e'.repeat(40) },
        ...{ GITHUB_REPOSITORY: 'acme/models', GITHUB_REPOSITORY_ID: '1', GITHUB_RUN_ID: '7' },
      },
    });
    expectExit(result, 0);
    const written = path.join(workspace, 'replay-output', `${name}.json`);
    return { result, workspace, summary: parseReplaySummary({ path: written, text: await readFile(written, 'utf8') }) };
  }

  it('asks what callers asked without our probes, and shows counts', async () => {
    const { result, summary } = await replay({ ...SAME, bias: [3, 0, 0] });
    expect(summary.sample).toEqual({ requests: REQUESTS, probes: PROBES, unreadable: 0 });
    expect(result.outputs['outcome']).toBe('differs');
    expect(result.summary).toMatch(/\*\*\d+ of 60 rows change their label\*\*/);
    expect(result.summary).toContain(
      '60 requests that were captured in the last 2 hours; 5 of our own probes are left out',
    );
    expect(result.summary).toContain('(captured): labels that change: 1, a score moves by 3');
  }, 60_000);

  it('writes no value that a caller sent, and no answer to it, anywhere', async () => {
    const { result, workspace } = await replay({ ...SAME, bias: [3, 0, 0], input: 'features' });
    const refused = await replay({ ...SAME, bias: [0.123456, 0, 0], outputs: ['scores'] });
    const places = [result, refused.result].flatMap(({ folder: kept }) => [kept]);
    const outputs = [workspace, refused.workspace].map((place) => path.join(place, 'replay-output'));
    const texts = await Promise.all([...places, ...outputs].flatMap(async (place) => await textsBelow(place)));
    const everything = [...texts.flat(), result.log, refused.result.log].join('\n');
    expect(captured.length).toBeGreaterThan(200);
    const distinctive = captured.filter((value) => value.length > 5);
    expect(distinctive.filter((value) => everything.includes(value))).toEqual([]);
    expect(everything).not.toMatch(/of-jane|probe-7|secret-token/);
    expect(everything).toContain('60 of 60 rows were answered and are refused now');
  }, 60_000);

  it('shows the labels that environment.json allows, and no others', async () => {
    const { result } = await replay({ ...SAME, bias: [3, 0, 0] }, { settings: { visibleLabels: ['0', '1'] } });
    expect(result.summary).toContain('`1` → `0`');
    expect(result.summary).not.toContain('`2`');
  }, 60_000);

  it('takes no more requests than it may', async () => {
    expect((await replay(SAME, { settings: { rows: 7 } })).summary.sample.requests).toBe(7);
  }, 60_000);

  it('says what kept the models from being compared, and succeeds', async () => {
    const broken = await replay('broken');
    expect(broken.result.outputs['outcome']).toBe('failed');
    expect(broken.result.summary).toContain('the candidate does not start in the server');
    const other = await replay(SAME, { inputs: { 'candidate-digest': `sha256:${'0'.repeat(64)}` } });
    expect(other.result.summary).toContain('the candidate is not in Git at its commit');
  }, 60_000);

  it('loads no model where nothing isolates it', async () => {
    const side = { what: 'x', bundle: 'x', modelFolder: 'x', digest: 'x', bytes: 1 };
    const order = renderIsolatedOrder({
      ...{ service: 'scoring', base: side, head: side, rows: [], limits: NO_LIMITS },
      ...{ visibleLabels: new Set<string>(), readOnly: [folder] },
    });
    const bundle = path.join(ROOT, 'actions/dist/replay-requests.js');
    const run = { command: process.execPath, argv: [bundle, 'isolated'], cwd: folder, stdin: order };
    expect(await runProcess(run)).toMatchObject({ exitCode: 72, stdout: '' });
  });

  it('gives the models no network, no environment, no other process and nothing to write to', async () => {
    const bundle = path.join(folder, 'spy.mjs');
    await writeFile(bundle, SPY);
    const side = { what: 'x', bundle: aws.url, modelFolder: folder, digest: 'x', bytes: 1 };
    const review = createIsolatedReview(runProcess, bundle, [folder]);
    const seen = await review({
      ...{ service: 'scoring', base: side, head: side, rows: [], limits: NO_LIMITS, visibleLabels: new Set<string>() },
    });
    expect(seen).toEqual({
      kind: 'failed',
      detail: JSON.stringify({
        ...{
          environment: ['PATH'],
          network: ['lo'],
          reached: false,
          written: false,
          processes: 1,
          rights: '0000000000000000',
        },
      }),
    });
  });
});

/** Stands for the bundle in isolation, and tells what it can do. */
const SPY = `
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
const { base } = JSON.parse(text);
const reached = await fetch(base.bundle).then(() => true, () => false);
let written = true;
try { writeFileSync(base.modelFolder + '/spy.txt', 'x'); } catch { written = false; }
const processes = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length;
const rights = /CapEff:\\t(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
const environment = Object.keys(process.env);
const network = Object.keys(networkInterfaces());
const detail = JSON.stringify({ environment, network, reached, written, processes, rights });
console.log(JSON.stringify({ kind: 'failed', detail }));
`;

/** Every file below a folder, as text. */
async function textsBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(async ({ parentPath, name }) => await readFile(path.join(parentPath, name), 'utf8')),
  );
}
