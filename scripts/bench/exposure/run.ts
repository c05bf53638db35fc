import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName } from '../../../actions/lib/domain/environment/names.ts';
import { NO_HISTORY } from '../../../actions/lib/domain/ledger/history.ts';
import { releaseIdOf, type Release, type ReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { isSuccessCase, type SmokeFile } from '../../../actions/lib/domain/smoke/cases.ts';
import type { EndPhase } from '../../../actions/lib/domain/swap/state.ts';
import { smokeTest } from '../../../actions/lib/operations/smoke-test.ts';
import { swapRelease, type SwapPorts } from '../../../actions/lib/operations/swap-release.ts';
import { seededUniform } from '../../../server/sample-model/random.ts';
import { ExposureAws, type Exposure } from './aws.ts';
import { answerOf, caseOf, isWrong, pointOf, type Fault } from './model.ts';

/** What is played. */
export interface ExposureCase {
  readonly environment: Environment;
  readonly smoke: SmokeFile;
  readonly fault: Fault;
  readonly requestsPerSecond: number;
}

/** How one run ended. */
export interface ExposureRun extends Exposure {
  /** Where it was stopped; null where it was promoted. */
  readonly stopped: 'on the runner' | 'in the fleet' | null;
  readonly outcome: EndPhase | 'not deployed';
  readonly cause: string;
  readonly pairs: number;
  /** From the first instance of green with traffic to the end of the swap. */
  readonly seconds: number;
}

export const INSTANCES = 4;
const DIGESTS = { green: `sha256:${'a'.repeat(64)}`, blue: `sha256:${'b'.repeat(64)}` } as const;

/** Plays one deployment with the actions' own operations: the smoke test of the model alone, then the swap. */
export async function playExposure(subject: ExposureCase, seed: number): Promise<ExposureRun> {
  const uniform = seededUniform(seed);
  const nothing: Exposure = { asked: 0, wrong: 0, failed: 0, firstWrong: null, lastWrong: null };
  const alone = await smokeTest(
    'runner',
    { file: { ...subject.smoke, limits: NO_LIMITS }, releaseId: null, parity: null, judgesLatency: false },
    { invoker: runnerOf(subject, uniform), clock: STILL, signal: new AbortController().signal },
  );
  if (alone.verdict === 'failed') {
    return { ...nothing, stopped: 'on the runner', outcome: 'not deployed', cause: alone.reason, pairs: 0, seconds: 0 };
  }
  return await playSwap(subject, uniform);
}

const NO_LIMITS = { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 100 } as const;
const STILL = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() } as const;

/** The model on the runner, without any endpoint. */
function runnerOf({ smoke, fault }: ExposureCase, uniform: () => number): SwapPorts['invoker'] {
  let answered = 0;
  return {
    invoke: async ({ body }) => {
      const asked = caseOf(body, smoke.cases);
      if (asked === undefined) throw new Error('a request that is no smoke case');
      const question = { smoke: asked, at: pointOf(asked, smoke.cases.filter(isSuccessCase)) };
      const wrong = isWrong(fault, question, answered, 'runner');
      answered += 1;
      const { status, body: text } = isSuccessCase(asked)
        ? answerOf({ ...fault, errors: 0 }, question, wrong, uniform)
        : { status: asked.expect.status[0] ?? 400, body: '{}' };
      return await Promise.resolve({
        kind: 'answered',
        status,
        releaseId: undefined,
        body: Buffer.from(text),
        contentType: 'application/json',
        latencyMilliseconds: 1,
      });
    },
  };
}

async function playSwap(subject: ExposureCase, uniform: () => number): Promise<ExposureRun> {
  const { environment, smoke, fault, requestsPerSecond } = subject;
  const [green, blue] = [releaseOf(DIGESTS.green, environment), releaseOf(DIGESTS.blue, environment)];
  const configOf = ({ id }: Release): string => endpointConfigName(environment, id);
  const aws = new ExposureAws({
    environment,
    smoke,
    fault,
    instances: INSTANCES,
    requestsPerSecond,
    uniform,
    green: { id: green.id, config: configOf(green), digest: DIGESTS.green },
    blue: { id: blue.id, config: configOf(blue) },
  });
  // Blue has served for an hour.
  aws.advance(3_600_000);
  aws.exposure.asked = 0;
  const result = await swapRelease(
    {
      task: 'deploy',
      environment: { ...environment, autoscaling: null },
      releaseFile: { live: green.id, releases: entriesOf([green, blue]) },
      release: green,
      smokeFile: smoke,
      history: NO_HISTORY,
      leaves: null,
      accepts: [],
      acceptsServing: null,
      reason: null,
      provenance: null,
      pace: { pollMilliseconds: 15_000, heartbeatMilliseconds: 3_600_000 },
      warnings: [],
    },
    portsOf(aws, configOf(green), [green, blue], environment, uniform),
  );
  const shifted = result.samples.find(({ greenShare }) => greenShare > 0)?.at ?? result.endedAt;
  return {
    ...aws.exposure,
    stopped: result.outcome === 'promoted' ? null : 'in the fleet',
    outcome: result.outcome,
    cause: result.cause,
    pairs: result.probes?.pairs ?? 0,
    seconds: (result.endedAt - shifted) / 1000,
  };
}

function releaseOf(digest: string, { account, region }: Environment): Release {
  const spec = {
    image: `${account}.dkr.ecr.${region}.amazonaws.com/bench@${digest}`,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: INSTANCES,
    environment: {},
    startupTimeoutSeconds: 600,
  };
  return {
    id: releaseIdOf(spec),
    spec,
    source: { commit: 'a'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null },
  };
}

function entriesOf(releases: readonly Release[]): ReleaseFile['releases'] {
  return Object.fromEntries(releases.map(({ id, ...entry }) => [id, entry]));
}

function portsOf(
  aws: ExposureAws,
  greenConfig: string,
  releases: readonly Release[],
  environment: Environment,
  uniform: () => number,
): SwapPorts {
  let facts = 0;
  const silent = (): void => undefined;
  const start = aws.wallClock() - aws.now;
  return {
    endpoints: {
      describe: async () => await Promise.resolve(aws.describe()),
      update: async (update) => {
        aws.update(update);
        await Promise.resolve();
      },
      describeConfig: async (name) => {
        const variant = { name: 'primary', modelName: name, instanceType: 'ml.m5.large', instanceCount: INSTANCES };
        return await Promise.resolve({ name, variants: [variant], shadowVariants: [] });
      },
      describeModel: async (name) => {
        const release = releases.find(({ id }) => endpointConfigName(environment, id) === name);
        return await Promise.resolve(release && { name, image: release.spec.image, releaseId: release.id });
      },
    },
    invoker: { invoke: async ({ body }) => await Promise.resolve(aws.invoke(body)) },
    models: { read: async () => await Promise.resolve([]) },
    registry: {
      findImage: async (image) =>
        await Promise.resolve({
          digest: image.split('@')[1] ?? '',
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        }),
    },
    alarms: {
      find: async (names) => await Promise.resolve(names.map((name) => ({ name, state: 'OK', reason: '' }) as const)),
      requestAbort: async () => {
        aws.requestAbort();
        await Promise.resolve();
      },
    },
    metrics: {
      minutes: async (_endpoint, config, from, to) =>
        await Promise.resolve(aws.counts[config === greenConfig ? 'green' : 'blue'].minutes(from - start, to - start)),
    },
    autoscaling: {
      snapshot: async () => await Promise.resolve(undefined),
      deregister: async () => await Promise.resolve(),
      restore: async () => await Promise.resolve(),
    },
    ledger: {
      read: async () => await Promise.resolve(NO_HISTORY),
      append: async () => await Promise.resolve((facts += 1)),
    },
    deployments: { open: async () => await Promise.resolve(1), report: async () => await Promise.resolve() },
    clock: {
      now: () => aws.wallClock(),
      monotonic: () => aws.now,
      sleep: async (milliseconds) => {
        aws.advance(milliseconds);
        await Promise.resolve();
      },
    },
    random: uniform,
    reporter: { info: silent, debug: silent, warning: silent, error: silent },
    signal: new AbortController().signal,
  };
}
