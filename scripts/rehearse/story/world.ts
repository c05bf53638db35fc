import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { parseReleaseFile, type ReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import type { Deployment } from '@sagemaker-gitops/local-github';
import { chainsOf, type Chain, type RehearsedEnvironment } from './content.ts';
import { startRequestStream, type StreamTally } from './request-stream.ts';
import type { Stage } from './stage.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';

/** The tally of the requests that were sent during one step. */
interface StreamedStep {
  readonly name: string;
  readonly tally: StreamTally;
}

/** What the steps of the story have in common: the stage, what they learnt, and questions to Git, GitHub and AWS. */
export interface World {
  readonly stage: Stage;
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

/** A world at the beginning of the story. */
export function createWorld(stage: Stage): World {
  const releases = new Map([...stage.first].map(([environment, id]) => [environment, new Map([['v1', id]])]));
  return { stage, chain: stage.content.main, releases, streamed: [], findings: [], quiet: false };
}

/** The settings of an environment. @throws Error when the content has none of that name. */
export function settingsOf({ stage }: World, name: string): RehearsedEnvironment {
  const all = chainsOf(stage.content).flatMap(({ environments }) => environments);
  const environment = all.find((one) => one.name === name);
  if (environment === undefined) throw new Error(`there is no environment ${name}`);
  return environment;
}

/** The id that a release of the story has in an environment. @throws Error when the story has not come so far. */
export function releaseId({ releases }: World, environment: string, version: string): string {
  const id = releases.get(environment)?.get(version);
  if (id === undefined) throw new Error(`the story has no release ${version} in ${environment} yet`);
  return id;
}

/** The story's name of a release id. */
export function nameOfRelease({ releases }: World, id: string): string {
  const known = [...releases.values()].flatMap((byVersion) => [...byVersion]);
  return known.find(([, candidate]) => candidate === id)?.[0] ?? id;
}

/** What main says about an environment. */
export async function releaseFileOnMain({ stage }: World, environment: string): Promise<ReleaseFile> {
  const path = `environments/${environment}/release.json`;
  return parseReleaseFile({ path, text: await stage.team.readMain(path) });
}

/** The release that an endpoint serves by its own word, and by the instances that run. */
export function expectServing(world: World, environment: string, version: string): void {
  const { stage } = world;
  const settings = settingsOf(world, environment);
  const name = endpointName(settings);
  const config = endpointConfigName(settings, releaseId(world, environment, version));
  const endpoint = stage.aws.inspectEndpoints().find((candidate) => candidate.name === name);
  expectOutcome(`${name} serves`, endpoint?.configName, config);
  const running = new Set(
    stage.aws
      .instances()
      .filter((instance) => instance.endpointName === name)
      .map(({ configName }) => configName),
  );
  expectOutcome(`fleets of ${name} that run`, [...running], [config]);
}

/** The newest entry of the ledger about an environment: which release, and every state it had. */
function latestAttempt({ stage }: World, environment: string): Deployment {
  const attempt = stage.github.state.deployments.findLast((deployment) => deployment.environment === environment);
  if (attempt === undefined) throw new UnexpectedOutcome(`the ledger has nothing about ${environment}`);
  return attempt;
}

/** Asserts the newest entry of the ledger about an environment. */
export function expectLedger(
  world: World,
  environment: string,
  expected: { readonly task: 'deploy' | 'rollback'; readonly release: string; readonly state: string },
): void {
  const { task, payload, statuses } = latestAttempt(world, environment);
  const release: unknown =
    typeof payload === 'object' && payload !== null && 'release' in payload ? payload.release : undefined;
  // A later success turns older ones inactive; what an attempt came to is the last state before that.
  const state = statuses.findLast((status) => status.state !== 'inactive')?.state;
  const found = { task, release: nameOfRelease(world, String(release)), state };
  expectOutcome(`the ledger of ${environment}`, found, expected);
}

/** Sends a steady stream of the environment's smoke cases while `work` runs, and asserts which releases answer. */
export async function underTraffic(
  world: World,
  name: string,
  environment: string,
  allowed: readonly string[],
  work: () => Promise<void>,
): Promise<string> {
  if (world.quiet) {
    await work();
    return '';
  }
  const settings = settingsOf(world, environment);
  const stream = startRequestStream({
    endpoint: endpointName(settings),
    cases: settings.smokeFile.cases,
    awsEnvironment: world.stage.awsEnvironmentOf(settings),
    connections: 2,
    pauseMilliseconds: 40,
  });
  let tally: StreamTally;
  try {
    await work();
  } finally {
    tally = await stream.stop();
    world.streamed.push({ name, tally });
  }
  const strangers = [...tally.answeredBy.keys()].filter((id) => !allowed.includes(nameOfRelease(world, id)));
  expectOutcome(`${name}: failed requests (${tally.firstFailure ?? 'none'})`, tally.failed, 0);
  expectOutcome(`${name}: releases that answered but should not have`, strangers, []);
  return `, 0 of ${String(tally.sent)} requests failed`;
}
