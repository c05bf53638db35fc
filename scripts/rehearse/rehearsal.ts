import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeError } from '../../actions/lib/domain/errors/user-error.ts';
import { ROOT } from '../build.ts';
import { parseChoice, parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { findTool } from '../testing/find-tool.ts';
import { renderRehearsalPage } from './page/page.ts';
import { readStory, type PageStep } from './page/story.ts';
import { chainsOf, modelBytes, modelProblem, readContent, type Content } from './scenario/content.ts';
import { renderReport, renderSteps } from './scenario/report.ts';
import { makeShortLivedFolder } from './scenario/short-lived-folder.ts';
import { startFixture, type Fixture, type FixtureOptions } from './scenario/fixture.ts';
import { startStepRunner } from './scenario/steps.ts';
import { runScenario, scenarioSteps } from './scenario/scenario.ts';
import { findTooling, ONLY_NODE } from './scenario/tooling.ts';
import { createContext, type ScenarioContext } from './scenario/context.ts';

const USAGE = `Runs the whole loop on this machine, with the workflow files of .github/workflows, with the models and environments
of this repository: no cloud account, no network.

  npm run rehearse [-- --from STEP] [--open] [--keep] [--only-node] [--acceleration N] [--sample-team] [--list]

  --from STEP        run the steps before STEP without streams of requests, and the rest in full
  --open             open the page of the rehearsal at the end
  --keep             leave everything running at the end until Ctrl-C
  --only-node        no container engine and no Terraform, even where they are available
  --acceleration N   how many times faster SageMaker's waits pass (default 60)
  --sample-team      use the models and environments of the product's own tests instead of yours
  --list             print the steps with what each shows, and run nothing`;

function parseOptions() {
  const { values } = parseCommandLine({
    options: {
      acceleration: { type: 'string', default: '60' },
      from: { type: 'string' },
      list: { type: 'boolean', default: false },
      'only-node': { type: 'boolean', default: false },
      'sample-team': { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
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

/** Runs the rehearsal and sets the exit code. */
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
    console.log(renderSteps(scenarioSteps(chosen.content)));
    return 0;
  }
  const ids = scenarioSteps(chosen.content).map(({ id }) => id);
  if (options.from !== undefined) parseChoice('--from', options.from, ids);
  for (const tool of ['git', 'bash'] as const) {
    const state = findTool(tool);
    if (state.kind === 'missing') throw new Error(`the rehearsal needs ${tool}: ${state.reason}`);
  }
  const started = performance.now();
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'rehearsal-logs-'));
  const models = chosen.source.kind === 'own' ? chainsOf(chosen.content) : [];
  const sizes = await Promise.all(models.map(async ({ service }) => await modelBytes(ROOT, service)));
  const folder = await makeShortLivedFolder(
    'rehearsal-',
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const runner = startStepRunner((line) => console.log(line), signal);
  let fixture: Fixture | undefined;
  let context: ScenarioContext | undefined;
  let failure: unknown;
  let steps: readonly PageStep[] = [];
  try {
    console.log(`Logs are in ${logDirectory}`);
    for (const remark of chosen.remarks) console.log(remark);
    const tooling = options['only-node'] ? ONLY_NODE : findTooling();
    for (const remark of tooling.remarks) console.log(remark);
    const { fixture: started } = await runner.step(
      `start the emulators: v1 serves in ${namesOf(chosen.content)}`,
      async () => {
        let doing = 'starting the local AWS and GitHub';
        runner.waitsFor(() => doing);
        fixture = await startFixture({
          ...{ folder, logDirectory, tooling, acceleration: options.acceleration, signal },
          content: chosen.source,
          bakesForProbes: true,
          notifies: true,
          progress: (what) => {
            doing = what;
          },
        });
        return { fixture, outcome: 'v1 is verified in each' };
      },
    );
    runner.waitsFor(started.activity);
    runner.countsRuns(() => started.runner.runs.length);
    context = createContext(started);
    await runScenario(context, runner, options.from);
    if (options.keep) await keepRunning(started, signal);
  } catch (error) {
    failure = error;
  } finally {
    if (context !== undefined) steps = await readStory(runner.results, context).catch(() => []);
    await fixture?.close();
    await rm(folder, { recursive: true, force: true });
  }
  const report = renderReport(runner.results, context);
  console.log(`\n${report}\n`);
  const succeeded = failure === undefined;
  const end = succeeded ? 'Every outcome is the expected one' : signal.aborted ? 'Not finished' : 'Not as expected';
  const verdict = `${end} (${((performance.now() - started) / 1000).toFixed(0)} s)`;
  if (!succeeded) {
    console.error(signal.aborted ? 'Interrupted; everything that was started has ended.' : describeError(failure));
  }
  const log = succeeded ? console.log : console.error;
  log(`${verdict}. Logs: ${logDirectory}`);
  if (steps.length > 0) {
    const page = path.join(logDirectory, 'rehearsal.html');
    await writeFile(page, renderRehearsalPage({ verdict, succeeded, steps, report, logDirectory }));
    console.log(`What people would have seen on GitHub: ${page}`);
    if (options.open) openPage(page);
  }
  return succeeded ? 0 : 1;
}

/** Opens a file as the desktop does; a machine without one has the path. */
function openPage(file: string): void {
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const opened = spawn(command, [file], { detached: true, stdio: 'ignore' });
  opened.on('error', (error) => console.error(`${command} can't open it: ${error.message}`));
  opened.unref();
}

interface ChosenContent {
  readonly content: Content;
  readonly source: FixtureOptions['content'];
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
      : [`The model of ${service} is not rehearsed: ${problem}. The sample team is used instead.`],
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

async function keepRunning(fixture: Fixture, signal: AbortSignal): Promise<void> {
  console.log('\nEverything keeps running until Ctrl-C. In another shell:\n');
  const environment = fixture.awsEnvironmentOf(fixture.content.main.first);
  for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`);
  console.log('aws sagemaker list-endpoints');
  console.log(`git clone ${fixture.github.cloneUrl.replace('//', `//developer:${fixture.team.token}@`)}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
