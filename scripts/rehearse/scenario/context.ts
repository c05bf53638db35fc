import type { AwsClientSettings } from '../../../actions/lib/adapters/aws/clients.ts';
import { createS3Ledger } from '../../../actions/lib/adapters/aws/s3-ledger.ts';
import { readStateBucket } from '../../../actions/lib/adapters/checkout/state-bucket.ts';
import { systemClock } from '../../../actions/lib/adapters/system/system-clock.ts';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { factPlaceOf } from '../../../actions/lib/domain/ledger/fact.ts';
import type { History } from '../../../actions/lib/domain/ledger/history.ts';
import { deploymentStateOf } from '../../../actions/lib/domain/swap/result.ts';
import type { EndPhase } from '../../../actions/lib/domain/swap/state.ts';
import { parseReleaseFile, type ReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { chainsOf, type Chain, type RehearsedEnvironment } from './content.ts';
import { startRequestStream, type StreamTally } from './request-stream.ts';
import type { Fixture } from './fixture.ts';
import { clientOptions } from './first-release.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';

/** The tally of the requests that were sent during one step. */
interface StreamedStep {
  readonly name: string;
  readonly environment: string;
  readonly tally: StreamTally;
}

/** What the steps of the story have in common: the fixture, what they learnt, and questions to Git, GitHub and AWS. */
export interface ScenarioContext {
  readonly fixture: Fixture;
  /** The chain that the story is about. */
  readonly chain: Chain;
  /** Ids of releases by environment, then by the names that the story gives them. */
  readonly releases: ReadonlyMap<string, Map<string, string>>;
  readonly streamed: StreamedStep[];
  /** What the story found out about the content, for its owner; none of it is a fault of the loop. */
  readonly findings: string[];
  /** Without streams: for steps that only lead up to the one asked for. */
  quiet: boolean;
}

/** A context at the beginning of the story. */
export function createContext(fixture: Fixture): ScenarioContext {
  const releases = new Map([...fixture.first].map(([environment, id]) => [environment, new Map([['v1', id]])]));
  return { fixture, chain: fixture.content.main, releases, streamed: [], findings: [], quiet: false };
}

/** The settings of an environment. @throws Error when the content has none of that name. */
export function settingsOf({ fixture }: ScenarioContext, name: string): RehearsedEnvironment {
  const all = chainsOf(fixture.content).flatMap(({ environments }) => environments);
  const environment = all.find((one) => one.name === name);
  if (environment === undefined) throw new Error(`there is no environment ${name}`);
  return environment;
}

/** The id that a release of the story has in an environment. @throws Error when the story has not come so far. */
export function releaseId({ releases }: ScenarioContext, environment: string, version: string): string {
  const id = releases.get(environment)?.get(version);
  if (id === undefined) throw new Error(`the story has no release ${version} in ${environment} yet`);
  return id;
}

/** The story's name of a release id. */
export function nameOfRelease({ releases }: ScenarioContext, id: string): string {
  const known = [...releases.values()].flatMap((byVersion) => [...byVersion]);
  return known.find(([, candidate]) => candidate === id)?.[0] ?? id;
}

/** What main says about an environment. */
export async function releaseFileOnMain({ fixture }: ScenarioContext, environment: string): Promise<ReleaseFile> {
  const path = `environments/${environment}/release.json`;
  return parseReleaseFile({ path, text: await fixture.team.readMain(path) });
}

/** The release that an endpoint serves by its own word, and by the instances that run. */
export function expectServing(context: ScenarioContext, environment: string, version: string): void {
  const { fixture } = context;
  const settings = settingsOf(context, environment);
  const name = endpointName(settings);
  const config = endpointConfigName(settings, releaseId(context, environment, version));
  const endpoint = fixture.aws.inspectEndpoints().find((candidate) => candidate.name === name);
  expectOutcome(`${name} serves`, endpoint?.configName, config);
  const running = new Set(
    fixture.aws
      .instances()
      .filter((instance) => instance.endpointName === name)
      .map(({ configName }) => configName),
  );
  expectOutcome(`fleets of ${name} that run`, [...running], [config]);
}

/** What the ledger of an environment says. */
async function readLedger(context: ScenarioContext, environment: string): Promise<History> {
  const { fixture } = context;
  const settings = settingsOf(context, environment);
  const { bucket, region } = await readStateBucket(fixture.repository.root, settings);
  const credentials = clientOptions(fixture.awsEnvironmentOf({ ...settings, region }));
  const ledger = createS3Ledger({ ...credentials, forcePathStyle: true } as AwsClientSettings, {
    bucket,
    environment: settings,
    origin: {
      ...factPlaceOf(settings, '1'),
      commit: '',
      run: { id: 0, attempt: 0, url: '' },
    },
    clock: systemClock,
  });
  return await ledger.read();
}

/** Asserts the newest attempt in the ledger of an environment, and that GitHub shows it as the ledger has it. */
export async function expectLedger(
  context: ScenarioContext,
  environment: string,
  expected: { readonly task: 'deploy' | 'rollback'; readonly release: string; readonly outcome: EndPhase },
): Promise<void> {
  const { attempts, damage } = await readLedger(context, environment);
  const [newest] = attempts;
  if (newest === undefined) throw new UnexpectedOutcome(`the ledger has nothing about ${environment}`);
  const { begun, ended } = newest;
  const found = { task: begun.task, release: nameOfRelease(context, begun.release), outcome: ended?.outcome };
  expectOutcome(`the ledger of ${environment}`, { ...found, damage }, { ...expected, damage: null });
  const { deployments } = context.fixture.github.state;
  const shown = deployments.findLast((deployment) => deployment.environment === environment)?.statuses.at(-1)?.state;
  expectOutcome(`the deployment of ${environment}`, shown, deploymentStateOf(expected.outcome));
}

/**
 * Sends a steady stream of the environment's smoke cases while `work` runs, and asserts which releases answer, and that they
 * answer as expected unless wrong answers are allowed.
 */
export async function underTraffic(
  context: ScenarioContext,
  name: string,
  environment: string,
  allowed: readonly string[],
  work: () => Promise<void>,
  wrongAnswers: 'none' | 'allowed' = 'none',
): Promise<string> {
  if (context.quiet) {
    await work();
    return '';
  }
  const settings = settingsOf(context, environment);
  const stream = startRequestStream({
    endpoint: endpointName(settings),
    cases: settings.smokeFile.cases,
    awsEnvironment: context.fixture.awsEnvironmentOf(settings),
    connections: 2,
    pauseMilliseconds: 40,
  });
  let tally: StreamTally;
  try {
    await work();
  } finally {
    tally = await stream.stop();
    context.streamed.push({ name, environment, tally });
  }
  const strangers = [...tally.answeredBy.keys()].filter((id) => !allowed.includes(nameOfRelease(context, id)));
  expectOutcome(`${name}: failed requests (${tally.firstFailure ?? 'none'})`, tally.failed, 0);
  expectOutcome(`${name}: releases that answered but should not have`, strangers, []);
  if (wrongAnswers === 'none') expectOutcome(`${name}: wrong answers`, tally.wrong, 0);
  return `, 0 of ${String(tally.sent)} requests failed${tally.wrong === 0 ? '' : `, ${String(tally.wrong)} wrong answers`}`;
}
