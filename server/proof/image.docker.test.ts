import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { trainSample } from '../sample-model/sample-model.ts';
import { writeSample } from '../sample-model/write-sample.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tag = `server-proof:${process.pid}`;
const otherTag = `${tag}-again`;
const bareTag = `${tag}-bare`;
const standInBase = 'node-base:local';
const modelFolder = 'server/models/scoring';
let base: string;
let sources: string;
const minutes = 60_000;

function docker(argv: readonly string[], cwd = root): string {
  const result = spawnSync('docker', argv, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (result.status !== 0)
    throw new Error(
      `docker ${argv.join(' ')} ended with ${String(result.status)}:\n${result.stdout.slice(-3000)}\n${result.stderr.slice(-3000)}`,
    );
  return result.stdout.trim();
}

function buildImage(name: string, options: readonly string[] = [], context = sources): void {
  const argv = [
    'build',
    '--network',
    'host',
    '--file',
    'server/Dockerfile',
    '--build-arg',
    `BASE=${base}`,
    '--build-arg',
    'REVISION=0123abc',
    '--build-arg',
    `MODEL=${modelFolder}`,
    ...options,
    '--tag',
    name,
    '.',
  ];
  docker(argv, context);
}

/** Copies the build context with new file times, like a new checkout, and trains a model for it. */
async function copySources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'image-sources-'));
  for (const entry of [
    '.dockerignore',
    '.npmrc',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'scripts/build.ts',
    'server/Dockerfile',
    'server/package.json',
    'server/src',
  ]) {
    await cp(join(root, entry), join(copy, entry), { recursive: true });
  }
  await writeSample(join(copy, modelFolder), { seed: 1 });
  return copy;
}

function inspect(format: string, name = tag): unknown {
  return JSON.parse(docker(['inspect', '--format', `{{json ${format}}}`, name]));
}

/** The pinned base if a registry can be reached, else a stand-in from the archives of Debian and npm. */
async function findBase(): Promise<string> {
  const chosen = process.env['SERVER_BASE_IMAGE'];
  if (chosen !== undefined) return chosen;
  const pinned = /^ARG BASE=(\S+)$/m.exec(await readFile(join(root, 'server/Dockerfile'), 'utf8'))?.[1];
  if (pinned === undefined) throw new Error('server/Dockerfile has no line "ARG BASE=IMAGE"');
  if (spawnSync('docker', ['pull', '--quiet', pinned], { timeout: 5 * minutes }).status === 0) return pinned;
  const made = spawnSync(join(root, 'scripts/testing/make-base-image.sh'), [standInBase], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`neither ${pinned} can be pulled nor a stand-in be made: ${made.stderr}`);
  return standInBase;
}

/** Bytes of the image in a registry, with all layers gzipped. */
function compressedBytes(name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const save = spawn('docker', ['save', name], { stdio: ['ignore', 'pipe', 'inherit'] });
    let bytes = 0;
    save.on('error', reject);
    save.stdout
      .pipe(createGzip({ level: 6 }))
      .on('data', (chunk: Buffer) => (bytes += chunk.length))
      .on('end', () => resolve(bytes))
      .on('error', reject);
  });
}

/** The observations of a client in the server's network namespace, which has no route to other hosts. */
interface Observation {
  readonly pingStatus: number;
  readonly pingMilliseconds: number;
  readonly portOpenAfterMilliseconds: number;
  readonly listening: readonly number[];
  readonly answers: readonly unknown[];
}

const probe = `
const net = require('node:net'), fs = require('node:fs');
const started = performance.now();
const open = () => new Promise((done) => { const s = net.connect(8080, '127.0.0.1'); s.on('connect', () => { s.destroy(); done(true); }); s.on('error', () => done(false)); });
const listening = () => ['tcp', 'tcp6'].flatMap((f) => fs.readFileSync('/proc/net/' + f, 'utf8').trim().split('\\n').slice(1))
  .map((line) => line.trim().split(/\\s+/)).filter((c) => c[3] === '0A').map((c) => parseInt(c[1].split(':')[1], 16));
(async () => {
  while (!(await open())) { if (performance.now() - started > 60000) throw new Error('port 8080 stays closed'); await new Promise((r) => setTimeout(r, 5)); }
  const opened = performance.now();
  let ping = 0;
  while (ping !== 200 && performance.now() - opened < 20000) ping = (await fetch('http://127.0.0.1:8080/ping')).status;
  const pingMilliseconds = performance.now() - opened;
  const answers = [];
  for (const features of JSON.parse(process.env.REQUESTS)) {
    const answer = await fetch('http://127.0.0.1:8080/invocations', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ features }) });
    answers.push(await answer.json());
  }
  console.log(JSON.stringify({ pingStatus: ping, pingMilliseconds, portOpenAfterMilliseconds: opened - started, listening: [...new Set(listening())], answers }));
})();
`;

/** Runs the image like SageMaker (argument serve) with a probe in its network, and stops it with SIGTERM. */
function observe(
  options: readonly string[],
  image = tag,
): { observation: Observation; exitCode: unknown; logs: string } {
  const name = `server-proof-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const requests = JSON.stringify(trainSample({ seed: 1 }).golden.cases.map(({ request }) => request.json.features));
  docker([
    'run',
    '--detach',
    '--name',
    `${name}-probe`,
    '--network',
    'none',
    '--env',
    `REQUESTS=${requests}`,
    '--entrypoint',
    'node',
    tag,
    '-e',
    probe,
  ]);
  try {
    docker(['run', '--detach', '--name', name, '--network', `container:${name}-probe`, ...options, image, 'serve']);
    docker(['wait', `${name}-probe`]);
    const output = docker(['logs', `${name}-probe`]);
    docker(['stop', '--time', '30', name]);
    return {
      observation: JSON.parse(output.slice(output.indexOf('{'))) as Observation,
      exitCode: inspect('.State.ExitCode', name),
      logs: docker(['logs', name]),
    };
  } finally {
    spawnSync('docker', ['rm', '--force', '--volumes', name, `${name}-probe`]);
  }
}

describeWithTool('docker', 'the image', () => {
  beforeAll(async () => {
    base = await findBase();
    sources = await copySources();
    // The cache knows files by content alone: an image of other times, such as a rehearsal's, would lend its layers.
    buildImage(tag, ['--no-cache']);
  }, 15 * minutes);
  afterAll(async () => {
    spawnSync('docker', ['rmi', '--force', tag, otherTag, bareTag]);
    await rm(sources, { recursive: true });
  });

  it('has no user, starts the server, and has the labels that SageMaker reads', () => {
    const config = inspect('.Config') as Record<string, unknown>;
    expect(config['User'] ?? '').toBe('');
    expect(config).toMatchObject({
      Entrypoint: ['node', '/opt/program/dist/main.js'],
      Cmd: ['serve'],
      Labels: {
        'org.opencontainers.image.revision': '0123abc',
        'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
        'com.amazonaws.sagemaker.capabilities.multi-models': 'true',
      },
    });
  });

  it.each([
    ['root, as SageMaker starts it', []],
    ['an arbitrary user on a read-only file system', ['--read-only', '--user', '54321:9876', '--cap-drop', 'ALL']],
    ['root on a read-only file system', ['--read-only']],
  ])(
    'serves as %s',
    (_, options) => {
      const { observation, exitCode, logs } = observe(options);
      expect(observation.pingStatus).toBe(200);
      expect(observation.pingMilliseconds).toBeLessThan(2000);
      expect(observation.listening).toEqual([8080]);
      const { golden } = trainSample({ seed: 1 });
      for (const [index, { expect: expected }] of golden.cases.entries()) {
        const { value: prediction, absolute } = expected.outputs.prediction;
        const answer = observation.answers[index] as { prediction: number[] };
        expect(answer.prediction).toHaveLength(prediction.length);
        for (const [row, value] of prediction.entries()) {
          expect(Math.abs((answer.prediction[row] ?? Number.NaN) - value)).toBeLessThanOrEqual(absolute);
        }
      }
      expect(exitCode).toBe(0);
      expect(logs).not.toMatch(/telemetry/i);
      console.log(`/ping answers ${observation.pingMilliseconds.toFixed(0)} ms after the port opened`);
    },
    2 * minutes,
  );

  it('has the model of the folder that MODEL names, without sources and golden cases', () => {
    const listing = docker([
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'find',
      tag,
      '/opt/ml',
      '/opt/program',
      '-type',
      'f',
    ]).split('\n');
    expect(listing).toContain('/opt/ml/model/model.onnx');
    expect(listing.filter((file) => /\.(ts|md|map)$|golden\.json$/.test(file))).toEqual([]);
    expect(listing.filter((file) => file.includes('/bin/napi')).every((file) => file.includes('/linux/'))).toBe(true);
    const model = docker([
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'base64',
      tag,
      '/opt/ml/model/model.onnx',
    ]);
    expect(Buffer.from(model, 'base64').equals(trainSample({ seed: 1 }).model)).toBe(true);
  });

  it(
    'holds no model where that comes from S3, and serves the one that is mounted',
    () => {
      buildImage(bareTag, ['--build-arg', 'MODEL_IN_IMAGE=false']);
      const alone = ['run', '--rm', '--network', 'none', '--entrypoint', 'find', bareTag, '/opt/ml', '-type', 'f'];
      expect(docker(alone)).toBe('');
      const { observation, exitCode } = observe(
        ['--volume', `${join(sources, modelFolder)}:/opt/ml/model:ro`],
        bareTag,
      );
      expect(observation.pingStatus).toBe(200);
      expect(observation.answers).toHaveLength(trainSample({ seed: 1 }).golden.cases.length);
      expect(exitCode).toBe(0);
    },
    5 * minutes,
  );

  it(
    'has the same layers when it is built again from another copy of the sources, without any cache',
    async () => {
      const copy = await copySources();
      try {
        buildImage(otherTag, ['--no-cache'], copy);
      } finally {
        await rm(copy, { recursive: true });
      }
      expect(inspect('.RootFS.Layers', otherTag)).toEqual(inspect('.RootFS.Layers'));
    },
    10 * minutes,
  );

  it(
    'is at most 30 MB larger, compressed, than its base',
    async () => {
      const [whole, below] = [await compressedBytes(tag), await compressedBytes(base)];
      const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
      console.log(
        `compressed: ${megabytes(whole)} MB, of which the base ${megabytes(below)} MB, ours ${megabytes(whole - below)} MB`,
      );
      expect(whole - below).toBeLessThan(30e6);
    },
    5 * minutes,
  );
});
