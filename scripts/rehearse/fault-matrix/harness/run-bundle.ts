import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../../build.ts';
import { parseOutputs } from '../../../testing/run-action.ts';
import { startHoldingProxy } from './holding-proxy.ts';
import { OLD_COMMIT, type RunResult, type RunOptions } from './run-use-case.ts';
import type { ProcessFixture } from './process-fixture.ts';

/** Runs an action's committed bundle as a runner starts it. */
export async function runBundle(fixture: ProcessFixture, options: RunOptions): Promise<RunResult> {
  const { disturbance } = options;
  const folder = await mkdtemp(path.join(fixture.folder, 'run-'));
  const [outputFile, summaryFile] = [path.join(folder, 'outputs'), path.join(folder, 'summary.md')];
  for (const file of [outputFile, summaryFile]) await writeFile(file, '');
  await writeEnvironment(fixture, options);
  const proxies = await Promise.all([startHoldingProxy(fixture.aws.url), startHoldingProxy(fixture.github.url)]);
  const [aws, github] = proxies;
  const action = options.action === 'rollback' ? 'rollback-endpoint' : 'deploy-endpoint';
  const isOld = options.action === 'rollback' || options.commit === OLD_COMMIT;
  const child = spawn(process.execPath, [...skew(fixture, options), path.join(ROOT, 'actions/dist', `${action}.js`)], {
    cwd: folder,
    env: {
      ...process.env,
      ...fixture.aws.environment,
      ...fixture.github.environment,
      ...inputsOf(fixture, options),
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'AKIAFAULTMATRIX',
      AWS_SECRET_ACCESS_KEY: 'matrix-secret-key',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      GITHUB_API_URL: `${github.url}${new URL(fixture.github.url).pathname}`,
      GITHUB_SHA: isOld ? fixture.commits[0] : fixture.commits[1],
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  let isDisturbed = false;
  const read = (line: string): void => {
    log.push(line);
    if (disturbance === undefined || isDisturbed || !line.includes(` s: ${disturbance.in}: `)) return;
    isDisturbed = true;
    const { what } = disturbance;
    if (typeof what === 'string') child.kill(what);
    // Long enough for the killed process to end: its next call must not be sent.
    const held = typeof what === 'string' ? new Promise((resolve) => setTimeout(resolve, 50)) : Promise.resolve(what());
    for (const proxy of proxies) proxy.hold(held);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) read(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await Promise.all(proxies.map(async (proxy) => await proxy.close()));
  return {
    exitCode: code === null ? null : code === 0 ? 0 : 1,
    outputs: parseOutputs(await readFile(outputFile, 'utf8')),
    summary: await readFile(summaryFile, 'utf8'),
    log,
  };
}

function inputsOf(
  { environment, folder, github }: ProcessFixture,
  options: RunOptions,
): Readonly<Record<string, string>> {
  const inputs = {
    environment: environment.name,
    release: options.release ?? '',
    'working-directory': folder,
    'github-token': github.token,
    'role-arn': '',
    'poll-interval-seconds': '0.1',
    'heartbeat-seconds': '60',
    ...(options.action === 'rollback'
      ? {
          reason: 'the matrix',
          force: String(options.force ?? false),
          leaves: options.leaves ?? '',
          'in-flight': options.inFlight ?? 'abort',
        }
      : {
          'accept-rejected': options.acceptRejected ?? '',
          'accept-serving': options.acceptServing ?? '',
          recheck: String(options.recheck ?? false),
        }),
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

async function writeEnvironment(
  { folder, environment, releaseFile, ...fixture }: ProcessFixture,
  { smoke = fixture.smoke }: RunOptions,
): Promise<void> {
  const { name, ...file } = environment;
  const target = path.join(folder, 'environments', name);
  await mkdir(target, { recursive: true });
  for (const [base, value] of Object.entries({ environment: file, release: releaseFile, smoke })) {
    await writeFile(path.join(target, `${base}.json`), value === null ? '{' : JSON.stringify(value));
  }
}

/** Arguments for a Node whose clock has the fixture's skew, and is set in the state that a row names. */
function skew({ clockSkewMilliseconds }: ProcessFixture, { clockStep }: RunOptions): readonly string[] {
  if (clockSkewMilliseconds === 0 && clockStep === undefined) return [];
  const source = `
    let skew = ${String(clockSkewMilliseconds)};
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...rest) => {
      if (String(text).includes(${JSON.stringify(` s: ${clockStep?.in ?? 'never'}: `)})) skew = ${String(clockStep?.milliseconds ?? 0)};
      return write(text, ...rest);
    };
    const Real = Date, now = () => Real.now() + skew;
    globalThis.Date = class extends Real {
      constructor(...values) { values.length === 0 ? super(now()) : super(...values); }
      static now() { return now(); }
    };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}
