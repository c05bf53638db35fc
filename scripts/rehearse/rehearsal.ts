import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeError } from '../../actions/lib/domain/errors/user-error.ts';
import { ROOT } from '../build.ts';
import { parseChoice, parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { findTool } from '../testing/find-tool.ts';
import { chainsOf, modelProblem, readContent, type Content } from './story/content.ts';
import { renderReport, renderScenes } from './story/report.ts';
import { setStage, type Stage, type StageOptions } from './story/stage.ts';
import { startSteps } from './story/steps.ts';
import { playStory, storyOf } from './story/story.ts';
import { findTooling, ONLY_NODE } from './story/tooling.ts';
import { createWorld, type World } from './story/world.ts';

const USAGE = `Plays the whole loop on this machine, by the workflow files of .github/workflows, with the models and environments
of this repository: no cloud account, no network.

  npm run rehearse [-- --from STEP] [--keep] [--only-node] [--acceleration N] [--sample-team] [--list]

  --from STEP        play the steps before STEP quietly, without streams of requests, and the rest in full
  --keep             leave everything running at the end until Ctrl-C, to look around
  --only-node        no container engine and no Terraform, even where they are at hand
  --acceleration N   how many times faster SageMaker's waits pass (default 60)
  --sample-team      play the models and environments of the product's own tests instead of yours
  --list             print the steps with what each shows, and play nothing`;

function parseOptions() {
  const { values } = parseCommandLine({
    options: {
      acceleration: { type: 'string', default: '60' },
      from: { type: 'string' },
      list: { type: 'boolean', default: false },
      'only-node': { type: 'boolean', default: false },
      'sample-team': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const acceleration = Number(values.acceleration);
  if (!(acceleration >= 1)) {
    throw new UsageError({
      what: '--acceleration is not a number in its range',
      expected: 'a number from 1',
      found: values.acceleration,
    });
  }
  return { ...values, acceleration };
}

/** Plays the rehearsal that the command line asks for, and sets the exit code. */
export async function runRehearsal(signal: AbortSignal): Promise<void> {
  await runCommand('npm run rehearse', USAGE, async () => {
    process.exitCode = await rehearse(signal);
  });
}

async function rehearse(signal: AbortSignal): Promise<number> {
  const options = parseOptions();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const chosen = await chooseContent(options['sample-team']);
  if (options.list) {
    console.log(renderScenes(storyOf(chosen.content)));
    return 0;
  }
  const ids = storyOf(chosen.content).map(({ id }) => id);
  if (options.from !== undefined) parseChoice('--from', options.from, ids);
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
    console.log(`Logs are in ${logDirectory}`);
    for (const remark of chosen.remarks) console.log(remark);
    const tooling = options['only-node'] ? ONLY_NODE : findTooling();
    for (const remark of tooling.remarks) console.log(remark);
    const { stage: set } = await steps.step(`set the stage: v1 serves in ${namesOf(chosen.content)}`, async () => {
      let doing = 'starting the local AWS and GitHub';
      steps.waitsFor(() => doing);
      stage = await setStage({
        ...{ folder, logDirectory, tooling, acceleration: options.acceleration, signal },
        content: chosen.source,
        progress: (what) => {
          doing = what;
        },
      });
      return { stage, outcome: 'v1 is verified in each' };
    });
    steps.waitsFor(set.activity);
    world = createWorld(set);
    await playStory(world, steps, options.from);
    if (options.keep) await keepRunning(set, signal);
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

interface ChosenContent {
  readonly content: Content;
  readonly source: StageOptions['content'];
  readonly remarks: readonly string[];
}

/** The content of this repository, or that of the sample team where it was asked for or a model can't be rehearsed here. */
async function chooseContent(asksForSampleTeam: boolean): Promise<ChosenContent> {
  if (asksForSampleTeam) return await sampleTeam([]);
  const content = await readContent(ROOT);
  const problems = await Promise.all(
    chainsOf(content).map(async ({ service }) => ({ service, problem: await modelProblem(ROOT, service) })),
  );
  const remarks = problems.flatMap(({ service, problem }) =>
    problem === undefined
      ? []
      : [`The model of ${service} is not rehearsed: ${problem}. The sample team plays instead.`],
  );
  return remarks.length > 0 ? await sampleTeam(remarks) : { content, source: { kind: 'own' }, remarks };
}

async function sampleTeam(remarks: readonly string[]): Promise<ChosenContent> {
  const { writeSampleTeam } = await import('../testing/sample-team/write.ts');
  const folder = await mkdtemp(path.join(tmpdir(), 'sample-team-'));
  try {
    await writeSampleTeam(folder);
    return { content: await readContent(folder), source: { kind: 'sample-team' }, remarks };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function namesOf(content: Content): string {
  return chainsOf(content)
    .flatMap(({ environments }) => environments.map(({ name }) => name))
    .join(', ');
}

async function keepRunning(stage: Stage, signal: AbortSignal): Promise<void> {
  console.log('\nEverything keeps running until Ctrl-C. In another shell:\n');
  const environment = stage.awsEnvironmentOf(stage.content.main.first);
  for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`);
  console.log('aws sagemaker list-endpoints');
  console.log(`git clone ${stage.github.cloneUrl.replace('//', `//developer:${stage.team.token}@`)}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
