import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '../../actions/lib/domain/errors.ts';
import { buildServer } from '../build.ts';
import { setStage, type Stage } from './story/stage.ts';
import { startSteps } from './story/steps.ts';
import { playStory, type StreamedStep } from './story/story.ts';
import { renderTable } from './story/table.ts';
import { findTooling, ONLY_NODE } from './story/tooling.ts';

const USAGE = `Plays the whole loop on this machine: no cloud account, no network.

  npm run rehearse [-- --acceleration N] [--only-node] [--keep]

  --acceleration N   how many times faster SageMaker's waits pass (default 60)
  --only-node        no container engine and no Terraform, even where they are at hand
  --keep             leave everything running at the end until Ctrl-C, to look around`;

function parseCommandLine() {
  const { values } = parseArgs({
    options: {
      acceleration: { type: 'string', default: '60' },
      'only-node': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const acceleration = Number(values.acceleration);
  if (!(acceleration >= 1)) throw new Error(`--acceleration is "${values.acceleration}": expected a number from 1`);
  return { ...values, acceleration };
}

async function rehearse(signal: AbortSignal): Promise<number> {
  const options = parseCommandLine();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const started = performance.now();
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'rehearsal-logs-'));
  const folder = await mkdtemp(path.join(tmpdir(), 'rehearsal-'));
  const steps = startSteps((line) => console.log(line), signal);
  let stage: Stage | undefined;
  let streamed: readonly StreamedStep[] = [];
  let failure: unknown;
  try {
    console.log(`Rehearsing the loop on this machine; logs are in ${logDirectory}`);
    await buildServer();
    const tooling = options['only-node'] ? ONLY_NODE : findTooling();
    for (const remark of tooling.remarks) console.log(remark);
    stage = await setStage({ folder, logDirectory, tooling, acceleration: options.acceleration, signal });
    streamed = await playStory(stage, steps);
    if (options.keep) await keepRunning(stage, signal);
  } catch (error) {
    failure = error;
  } finally {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${renderReport(steps.results, streamed)}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (failure === undefined) {
    console.log(`Every outcome is the expected one (${seconds} s). Logs: ${logDirectory}`);
    return 0;
  }
  console.error(signal.aborted ? 'Interrupted; everything that was started has ended.' : describeError(failure));
  console.error(`${signal.aborted ? 'Not finished' : 'Not as expected'} (${seconds} s). Logs: ${logDirectory}`);
  return 1;
}

async function keepRunning(stage: Stage, signal: AbortSignal): Promise<void> {
  console.log('\nEverything keeps running until Ctrl-C. In another shell:\n');
  for (const [name, value] of Object.entries(stage.aws.environment)) console.log(`export ${name}=${value}`);
  console.log('aws sagemaker list-endpoints');
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function renderReport(
  results: readonly { name: string; outcome: string; seconds: number }[],
  streamed: readonly StreamedStep[],
): string {
  const steps = renderTable(
    ['step', 'outcome', 'seconds'],
    results.map(({ name, outcome, seconds }) => [name, outcome, seconds.toFixed(1)]),
  );
  if (streamed.length === 0) return steps;
  const requests = renderTable(
    ['requests during', 'sent', 'failed', 'answered by'],
    streamed.map(({ name, tally, releases }) => [
      name,
      String(tally.sent),
      String(tally.failed),
      [...tally.answeredBy].map(([id, count]) => `${releases.get(id) ?? id} ${String(count)}`).join(', '),
    ]),
  );
  return `${steps}\n\n${requests}`;
}

// The SDK's warning about Node 20 is for those who maintain this, not for those who rehearse.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort(new Error(`interrupted by ${signal}`));
  });
}
try {
  process.exitCode = await rehearse(interruption.signal);
} catch (error) {
  console.error(`${describeError(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}
