import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '../../actions/lib/domain/errors.ts';
import { findTool } from '../testing/find-tool.ts';
import { renderReport, renderScenes } from './story/report.ts';
import { setStage, type Stage } from './story/stage.ts';
import { startSteps } from './story/steps.ts';
import { playStory, STORY } from './story/story.ts';
import { findTooling, ONLY_NODE } from './story/tooling.ts';
import { createWorld, type World } from './story/world.ts';

const USAGE = `Plays the whole loop on this machine, by the workflow files of .github/workflows: no cloud account, no network.

  npm run rehearse [-- --from STEP] [--keep] [--only-node] [--acceleration N] [--list]

  --from STEP        play the steps before STEP quietly, without streams of requests, and the rest in full
  --keep             leave everything running at the end until Ctrl-C, to look around
  --only-node        no container engine and no Terraform, even where they are at hand
  --acceleration N   how many times faster SageMaker's waits pass (default 60)
  --list             print the steps with what each shows, and play nothing`;

function parseCommandLine() {
  const { values } = parseArgs({
    options: {
      acceleration: { type: 'string', default: '60' },
      from: { type: 'string' },
      list: { type: 'boolean', default: false },
      'only-node': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const acceleration = Number(values.acceleration);
  if (!(acceleration >= 1)) throw new Error(`--acceleration is "${values.acceleration}": expected a number from 1`);
  const { from } = values;
  if (from !== undefined && !STORY.some(({ id }) => id === from)) {
    throw new Error(`--from is "${from}": expected one of ${STORY.map(({ id }) => id).join(', ')}`);
  }
  return { ...values, acceleration };
}

async function rehearse(signal: AbortSignal): Promise<number> {
  const options = parseCommandLine();
  if (options.help || options.list) {
    console.log(options.help ? USAGE : renderScenes(STORY));
    return 0;
  }
  for (const tool of ['git', 'bash'] as const) {
    const state = findTool(tool);
    if (state.kind === 'missing') throw new Error(`the rehearsal needs ${tool}: ${state.reason}`);
  }
  const started = performance.now();
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'rehearsal-logs-'));
  const folder = await mkdtemp(path.join(tmpdir(), 'rehearsal-'));
  const steps = startSteps((line) => console.log(line), signal);
  let stage: Stage | undefined;
  let world: World | undefined;
  let failure: unknown;
  try {
    console.log(`Rehearsing the loop on this machine; logs are in ${logDirectory}`);
    const tooling = options['only-node'] ? ONLY_NODE : findTooling();
    for (const remark of tooling.remarks) console.log(remark);
    const set = await steps.step('set the stage: v1 serves in dev, staging and production', async () => {
      stage = await setStage({ folder, logDirectory, tooling, acceleration: options.acceleration, signal });
      return { stage, outcome: `release ${stage.first} is verified in each` };
    });
    world = createWorld(set.stage);
    await playStory(world, steps, options.from);
    if (options.keep) await keepRunning(set.stage, signal);
  } catch (error) {
    failure = error;
  } finally {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${renderReport(steps.results, world)}\n`);
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
  for (const [name, value] of Object.entries(stage.awsEnvironment)) console.log(`export ${name}=${value}`);
  console.log('aws sagemaker list-endpoints');
  console.log(`git clone ${stage.github.cloneUrl.replace('//', `//developer:${stage.team.token}@`)}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
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
