import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { createApplicationAutoscaling } from '../../../actions/lib/adapters/aws/autoscaling.ts';
import { createCloudWatchAlarms } from '../../../actions/lib/adapters/aws/cloudwatch.ts';
import { createEcrRegistry } from '../../../actions/lib/adapters/aws/ecr.ts';
import { createGithubClient } from '../../../actions/lib/adapters/github/client.ts';
import { createGithubLedger } from '../../../actions/lib/adapters/github/deployments.ts';
import { createSageMakerInvoker } from '../../../actions/lib/adapters/aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../../../actions/lib/adapters/aws/sagemaker.ts';
import { systemClock } from '../../../actions/lib/adapters/system/system-clock.ts';
import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import type { Release } from '../../../actions/lib/domain/release/release.ts';
import type { SmokeFile } from '../../../actions/lib/domain/smoke/cases.ts';
import { startLocalAws, pushImage, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients, createRepository } from '@sagemaker-gitops/local-aws/testing';
import { declareWorld, releaseFileOf, releaseOf, seededRandom, servingOf } from './declare.ts';
import { ENVIRONMENT, SMOKE } from '../../testing/swap-environment.ts';
import type { LedgerGithub } from '../../testing/ledger-github.ts';
import { modelServerSource } from './model-server.ts';
import type { ReleaseName, World, WorldOptions } from './world.ts';

/** A world whose processes are real, and what is needed to start one more. */
export interface RealWorld extends World {
  /** For files of this row; gone with the world. */
  readonly folder: string;
  readonly clockSkewMilliseconds: number;
}

/** A bake of five minutes takes a second; processes need as long as they need. */
const ACCELERATION = 300;
/** A start may take 60 s in every row: 5 s here, which a process on a busy machine still keeps. */
const STARTUP_ACCELERATION = 12;
/** What real requests take beside those on a virtual clock, on a machine that plays other rows too. */
const LATENCY_FACTOR = 5;
const KEYS = { accessKeyId: 'AKIAFAULTMATRIX', secretAccessKey: 'matrix-secret-key' } as const;

const realSmoke: SmokeFile = {
  ...SMOKE,
  limits: { ...SMOKE.limits, p50Milliseconds: 1500, p99Milliseconds: 6000 },
};

/** Builds the world of a row with real processes: images that are pushed, instances that run them, accelerated waits. */
export async function createRealWorld(options: WorldOptions, github: LedgerGithub): Promise<RealWorld> {
  const environment: Environment = {
    ...ENVIRONMENT,
    // Latencies of a busy machine are no fault of green.
    alarms: {
      ...ENVIRONMENT.alarms,
      latencyP99: { thresholdMilliseconds: 60_000, periodSeconds: 60, evaluationPeriods: 1 },
    },
    ...options.environment,
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'fault-matrix-'));
  const acceleration = options.acceleration ?? ACCELERATION;
  const aws = await startLocalAws({
    logDirectory: path.join(folder, 'logs'),
    accountId: environment.account,
    region: environment.region,
    launcher: 'process',
    acceleration,
    startupTimeoutAcceleration: STARTUP_ACCELERATION,
    random: seededRandom(),
  });
  const access = await createRepository(createClients(aws), aws.url, 'scoring');
  const makeRelease = async (name: ReleaseName): Promise<Release> =>
    releaseOf(await putImage(aws, access, name, options), options.specs?.[name]);
  const releases = {
    old: await makeRelease('old'),
    blue: await makeRelease('blue'),
    green: await makeRelease('green'),
  };
  const settings = { region: aws.region, endpoint: aws.url, credentials: KEYS };
  const sagemaker = new SageMakerClient(settings);
  const cloudwatch = new CloudWatchClient(settings);
  const scaling = new ApplicationAutoScalingClient(settings);
  const configName = (release: ReleaseName): string => endpointConfigName(environment, releases[release].id);
  const passing = async (milliseconds: number): Promise<void> => await delay(milliseconds / acceleration);
  await declareWorld(environment, releases, options, { sagemaker, cloudwatch }, github);
  if (!(options.without ?? []).includes('endpoint')) await untilInService(aws, endpointName(environment));
  return {
    aws,
    github,
    folder,
    time: { waitEmulated: passing, advance: passing },
    clockSkewMilliseconds: options.clockSkewMilliseconds ?? 0,
    environment,
    smoke: { ...realSmoke, ...options.smoke },
    releases,
    releaseFile: releaseFileOf(releases),
    sagemaker,
    cloudwatch,
    scaling,
    configName,
    serving: () => servingOf(aws, environment, configName),
    secrets: [KEYS.secretAccessKey, github.token],
    ports: () => ({
      endpoints: createSageMakerEndpoints(settings),
      invoker: createSageMakerInvoker(settings, systemClock),
      registry: createEcrRegistry(settings),
      alarms: createCloudWatchAlarms(settings),
      autoscaling: createApplicationAutoscaling(settings),
      ledger: createGithubLedger(
        createGithubClient({
          token: github.token,
          apiUrl: github.url,
          repository: 'example/models',
          reporter: { info: () => undefined, warning: () => undefined },
        }),
        {
          sha: 'c'.repeat(40),
          runUrl: 'https://github.example/example/models/actions/runs/1',
          region: aws.region,
        },
      ),
      clock: systemClock,
      random: Math.random,
    }),
    close: async () => {
      for (const client of [sagemaker, cloudwatch, scaling]) client.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function putImage(
  aws: LocalAws,
  access: Parameters<typeof pushImage>[0],
  name: ReleaseName,
  { containers, answers, mediaTypes }: WorldOptions,
): Promise<string> {
  const mediaType = mediaTypes?.[name];
  // What the preflight refuses never runs.
  if (mediaType !== undefined) return aws.putManifestOnlyImage({ repository: 'scoring', seed: name, mediaType });
  const { latencyMilliseconds = 0, ...answer } = answers?.[name] ?? {};
  const { launchError, healthyAfterMilliseconds = 0, ...container } = containers?.[name] ?? {};
  const content = modelServerSource({
    answer: { ...answer, latencyMilliseconds: latencyMilliseconds * LATENCY_FACTOR },
    container: { ...container, healthyAfterMilliseconds: healthyAfterMilliseconds / STARTUP_ACCELERATION },
  });
  const digest = await pushImage(access, 'scoring', name, {
    layers: [[{ path: 'opt/program/server.mjs', content: `// ${name}\n${content}` }]],
    // A program that is not in the image is what can't be started.
    ...(launchError === undefined ? {} : { entrypoint: ['/opt/program/missing'] }),
  });
  return `127.0.0.1:${aws.port}/scoring@${digest}`;
}

async function untilInService(aws: LocalAws, name: string): Promise<void> {
  for (;;) {
    const status = aws.inspectEndpoints().find((endpoint) => endpoint.name === name)?.status;
    if (status === 'InService') return;
    if (status === 'Failed') throw new Error(`the endpoint ${name} of the row cannot be created`);
    await delay(10);
  }
}
