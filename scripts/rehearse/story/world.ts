import { endpointConfigName, endpointName } from '../../../actions/lib/domain/names.ts';
import { parseReleaseFile, type ReleaseFile } from '../../../actions/lib/domain/release.ts';
import type { Deployment } from '../local-github/state.ts';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { startRequestStream, type StreamTally } from './request-stream.ts';
import type { EnvironmentName } from './rehearsal-environments.ts';
import type { Stage } from './stage.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';

/** The tally of the requests that were sent during one step. */
export interface StreamedStep {
  readonly name: string;
  readonly tally: StreamTally;
}

/** What the steps of the story have in common: the stage, what they learnt, and questions to Git, GitHub and AWS. */
export interface World {
  readonly stage: Stage;
  /** Ids of the releases by the names that the story gives them. */
  readonly releases: Map<string, string>;
  readonly streamed: StreamedStep[];
  /** Without streams: for steps that only lead up to the one asked for. */
  quiet: boolean;
}

/** A world at the beginning of the story. */
export function createWorld(stage: Stage): World {
  return { stage, releases: new Map([['v1', stage.first]]), streamed: [], quiet: false };
}

/** The id of a release of the story. @throws Error when the story has not come so far. */
export function releaseId({ releases }: World, name: string): string {
  const id = releases.get(name);
  if (id === undefined) throw new Error(`the story has no release ${name} yet`);
  return id;
}

/** The name of the endpoint of an environment. */
export async function endpointOf({ stage }: World, environment: EnvironmentName): Promise<string> {
  return endpointName((await readEnvironmentFolder(stage.repository.root, environment)).environment);
}

/** What main says about an environment. */
export async function releaseFileOnMain({ stage }: World, environment: EnvironmentName): Promise<ReleaseFile> {
  const path = `environments/${environment}/release.json`;
  return parseReleaseFile({ path, text: await stage.team.readMain(path) });
}

/** The release that an endpoint serves by its own word, and by the instances that run. */
export async function expectServing(world: World, environment: EnvironmentName, release: string): Promise<void> {
  const { stage } = world;
  const { environment: settings } = await readEnvironmentFolder(stage.repository.root, environment);
  const name = endpointName(settings);
  const config = endpointConfigName(settings, releaseId(world, release));
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
export function latestAttempt({ stage }: World, environment: EnvironmentName): Deployment {
  const attempt = stage.github.state.deployments.findLast((deployment) => deployment.environment === environment);
  if (attempt === undefined) throw new UnexpectedOutcome(`the ledger has nothing about ${environment}`);
  return attempt;
}

/** Holds the newest entry of the ledger against what it should be. */
export function expectLedger(
  world: World,
  environment: EnvironmentName,
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

/** The story's name of a release id. */
export function nameOfRelease({ releases }: World, id: string): string {
  return [...releases].find(([, known]) => known === id)?.[0] ?? id;
}

/** Sends a steady stream of requests while `work` runs, and holds every answer against the releases that may answer. */
export async function underTraffic(
  world: World,
  name: string,
  environment: EnvironmentName,
  allowed: readonly string[],
  work: () => Promise<void>,
): Promise<string> {
  if (world.quiet) {
    await work();
    return '';
  }
  const stream = startRequestStream({
    endpoint: await endpointOf(world, environment),
    awsEnvironment: world.stage.awsEnvironment,
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
