import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { endpointName, PROBE_ID_PREFIX } from '../../../actions/lib/domain/environment/names.ts';
import { chainsOf } from '../scenario/content.ts';
import { nameOfRelease, type ScenarioContext } from '../scenario/context.ts';
import { clientOptions } from '../scenario/first-release.ts';
import type { StepResult } from '../scenario/steps.ts';
import type { Moment, SwapSeries } from './swap-picture.ts';

/** Something that people would have seen on GitHub. */
export interface PageEvent {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly title: string;
  /** Markdown; null where the title says all. */
  readonly body: string | null;
}

/** A workflow run. */
export interface PageRun {
  readonly title: string;
  readonly conclusion: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly result: string;
    readonly summary: string;
    readonly log: string;
  }[];
}

/** A step of the rehearsal, as people would have seen it. */
export interface PageStep {
  readonly result: StepResult;
  readonly events: readonly PageEvent[];
  readonly runs: readonly PageRun[];
  readonly swaps: readonly SwapSeries[];
}

/** Most lines of a log that the page has; the whole log is in the folder of the logs. */
const LAST_LINES = 60;

/** What happened on GitHub and to the endpoints, step by step. Read before the emulators end. */
export async function readStory(
  results: readonly StepResult[],
  context: ScenarioContext,
): Promise<readonly PageStep[]> {
  const { runner } = context.fixture;
  const events = eventsOf(context);
  const alarms = await alarmsOf(context);
  return await Promise.all(
    results.map(async (result) => ({
      result,
      events: events.filter(({ at }) => isWithin(at, result)),
      // Deploy and Release skip their jobs after a push to another branch.
      runs: await Promise.all(
        runner.runs
          .slice(result.runs.from, result.runs.until)
          .filter(({ conclusion }) => conclusion !== 'skipped')
          .map(readRun),
      ),
      swaps: context.streamed
        .filter(({ tally }) => tally.answers.some(({ at }) => isWithin(at, result)))
        .map((streamed): SwapSeries => swapOf(context, streamed, [...alarms, ...decisionsOf(context)])),
    })),
  );
}

/** GitHub's times are whole seconds. */
function isWithin(at: number, { startedAt, endedAt }: StepResult): boolean {
  return at >= Math.floor(startedAt / 1000) * 1000 && at < endedAt;
}

async function readRun({
  workflow,
  conclusion,
  jobs,
  event,
}: ScenarioContext['fixture']['runner']['runs'][number]): Promise<PageRun> {
  return {
    title: `${path.basename(workflow)} (${event.name})`,
    conclusion: conclusion ?? 'no end',
    jobs: await Promise.all(
      jobs.map(async ({ name, result, summary, logFile }) => {
        const lines = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n');
        return { name, result, summary, log: lines.slice(-LAST_LINES).join('\n') };
      }),
    ),
  };
}

function eventsOf({ fixture }: ScenarioContext): readonly PageEvent[] {
  const { issues, comments, reviews } = fixture.github.state;
  const events = issues.flatMap(({ number, title, body, user, createdAt, closedAt, state, pull }): PageEvent[] => {
    const what = pull === undefined ? 'issue' : 'pull request';
    const name = `#${String(number)} ${title}`;
    const end = pull?.mergedAt ?? closedAt;
    return [
      { at: Date.parse(createdAt), title: `${user.login} opens the ${what} ${name}`, body },
      ...(state === 'open' || end === null
        ? []
        : [
            {
              at: Date.parse(end),
              title: `${name} is ${(pull?.mergedAt ?? null) === null ? 'closed' : 'merged'}`,
              body: null,
            },
          ]),
    ];
  });
  const told = (fixture.receiver?.received ?? []).map(({ at, text }) => ({
    ...{ at, title: `the webhook is told: ${text.split('\n')[0] ?? ''}`, body: null },
  }));
  const talk = [
    ...told,
    ...comments.map(({ number, user, updatedAt, body }) => ({
      ...{ at: Date.parse(updatedAt), title: `${user.login} comments on #${String(number)}`, body },
    })),
    ...reviews.map(({ number, user, submittedAt, body, state }) => ({
      ...{ at: Date.parse(submittedAt), title: `${user.login} reviews #${String(number)}: ${state}`, body },
    })),
  ];
  return [...events, ...talk].toSorted((a, b) => a.at - b.at);
}

/** A moment, and the endpoint or environment that it is about. */
interface PlacedMoment extends Moment {
  readonly about: string;
}

function decisionsOf({ fixture }: ScenarioContext): readonly PlacedMoment[] {
  return fixture.github.state.deployments.flatMap(({ environment, statuses }) =>
    statuses
      .filter(({ state }) => state !== 'queued')
      .map(({ createdAt, state, description }) => ({
        ...{ at: Date.parse(createdAt), kind: 'decision' as const, about: environment },
        text: description === '' ? state : `${state}: ${description}`,
      })),
  );
}

async function alarmsOf({ fixture }: ScenarioContext): Promise<readonly PlacedMoment[]> {
  const environments = chainsOf(fixture.content).flatMap((chain) => chain.environments);
  const histories = await Promise.all(
    environments.map(async (environment) => {
      const client = new CloudWatchClient(clientOptions(fixture.awsEnvironmentOf(environment)));
      const { AlarmHistoryItems = [] } = await client.send(new DescribeAlarmHistoryCommand({ MaxRecords: 100 }));
      client.destroy();
      return AlarmHistoryItems.flatMap(({ AlarmName = '', Timestamp, HistorySummary = '' }): PlacedMoment[] =>
        Timestamp !== undefined &&
        HistorySummary.endsWith('to ALARM') &&
        AlarmName.startsWith(endpointName(environment))
          ? [{ at: Timestamp.getTime(), kind: 'alarm', about: environment.name, text: AlarmName }]
          : [],
      );
    }),
  );
  return histories.flat();
}

/** When the probes of an environment were asked. */
function probesOf({ fixture }: ScenarioContext, name: string): readonly number[] {
  const environment = chainsOf(fixture.content)
    .flatMap((chain) => chain.environments)
    .find((one) => one.name === name);
  const endpoint = environment === undefined ? undefined : endpointName(environment);
  return fixture.aws.calls.flatMap(({ at, operation, input }) =>
    operation === 'InvokeEndpoint' &&
    input['EndpointName'] === endpoint &&
    String(input['InferenceId']).startsWith(PROBE_ID_PREFIX)
      ? [at.getTime()]
      : [],
  );
}

function swapOf(
  context: ScenarioContext,
  { name, environment, tally }: ScenarioContext['streamed'][number],
  moments: readonly PlacedMoment[],
): SwapSeries {
  const times = tally.answers.map(({ at }) => at);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  return {
    title: name,
    answers: tally.answers.map((answer) => ({
      ...answer,
      release: answer.release === null ? null : nameOfRelease(context, answer.release),
    })),
    probes: probesOf(context, environment).filter((at) => at >= start && at <= end),
    moments: moments
      .filter(({ about, at }) => about === environment && at >= start && at <= end)
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, kind, text }) => ({ at, kind, text })),
  };
}
