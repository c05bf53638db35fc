import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { createApplicationAutoscaling } from '../../../../actions/lib/adapters/aws/autoscaling.ts';
import { createCloudWatchAlarms } from '../../../../actions/lib/adapters/aws/cloudwatch.ts';
import { createFleetMetrics } from '../../../../actions/lib/adapters/aws/fleet-metrics.ts';
import type { AwsClientSettings } from '../../../../actions/lib/adapters/aws/clients.ts';
import { createEcrRegistry } from '../../../../actions/lib/adapters/aws/ecr.ts';
import { createS3ModelObjects } from '../../../../actions/lib/adapters/aws/s3-model-store.ts';
import { createGithubClient } from '../../../../actions/lib/adapters/github/client.ts';
import { createGithubDeployments } from '../../../../actions/lib/adapters/github/deployments.ts';
import { createSageMakerInvoker } from '../../../../actions/lib/adapters/aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../../../../actions/lib/adapters/aws/sagemaker.ts';
import { runProcess } from '../../../../actions/lib/adapters/system/process.ts';
import { systemClock } from '../../../../actions/lib/adapters/system/system-clock.ts';
import type { Environment } from '../../../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName, endpointName, stateBucketName } from '../../../../actions/lib/domain/environment/names.ts';
import type { Release } from '../../../../actions/lib/domain/release/release.ts';
import type { SmokeFile } from '../../../../actions/lib/domain/smoke/cases.ts';
import { startLocalAws, pushImage, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients, createRepository } from '@sagemaker-gitops/local-aws/testing';
import { declareResources, ledgerOf, releaseFileOf, releaseOf, RUN_URL, servingOf } from './declare.ts';
import { OLD_COMMIT } from './run-use-case.ts';
import { seededUniform } from '../../../../server/sample-model/random.ts';
import { makeStateBucket } from '../../../testing/state-bucket.ts';
import { ENVIRONMENT, SMOKE } from '../../../testing/swap-environment.ts';
import type { DeploymentsGithub } from '../../../testing/deployments-github.ts';
import { modelServerSource } from './model-server.ts';
import type { ReleaseName, MatrixFixture, FixtureOptions } from './fixture.ts';

/** A fixture with real processes. */
export interface ProcessFixture extends MatrixFixture {
  /** For files of this row; removed with the fixture. */
  readonly folder: string;
  readonly clockSkewMilliseconds: number;
  /** The commits of the folder's repository, the older one first. */
  readonly commits: readonly [string, string];
}

/** A bake of five minutes takes a second. */
const ACCELERATION = 300;
/** The start-up timeout of 60 s becomes 5 s, which is enough for a process on a busy machine. */
const STARTUP_ACCELERATION = 12;
/** Real requests are slower than those on a virtual clock by up to this factor, on a machine that runs other rows too. */
const LATENCY_FACTOR = 5;
const KEYS = { accessKeyId: 'AKIAFAULTMATRIX', secretAccessKey: 'matrix-secret-key' } as const;

const realSmoke: SmokeFile = {
  ...SMOKE,
  limits: { ...SMOKE.limits, p50Milliseconds: 1500, p99Milliseconds: 6000 },
};

/** Starts the fixture of a row with real processes: pushed images, instances that run them, accelerated waits. */
export async function startProcessFixture(options: FixtureOptions, github: DeploymentsGithub): Promise<ProcessFixture> {
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
  const commits = await makeCommits(folder);
  const acceleration = options.acceleration ?? ACCELERATION;
  const aws = await startLocalAws({
    logDirectory: path.join(folder, 'logs'),
    accountId: environment.account,
    region: environment.region,
    launcher: 'process',
    acceleration,
    startupTimeoutAcceleration: STARTUP_ACCELERATION,
    random: seededUniform(42),
    ...options.launches,
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
  await makeStateBucket(aws.url, { bucket: stateBucketName(environment), region: aws.region });
  const ledger = ledgerOf(environment, settings, systemClock, OLD_COMMIT);
  await declareResources(environment, releases, options, { sagemaker, cloudwatch }, ledger);
  if (!(options.without ?? []).includes('endpoint')) await untilInService(aws, endpointName(environment));
  return {
    aws,
    github,
    folder,
    commits,
    time: { waitEmulated: passing, advance: passing },
    launchMilliseconds: (options.launches?.launchSeconds ?? 0) * 1000,
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
    ledger,
    ports: (commit = OLD_COMMIT) => ({
      endpoints: createSageMakerEndpoints(settings),
      invoker: createSageMakerInvoker(settings, systemClock),
      registry: createEcrRegistry(settings),
      models: createS3ModelObjects({ ...settings, forcePathStyle: true } as AwsClientSettings),
      alarms: createCloudWatchAlarms(settings),
      metrics: createFleetMetrics(settings),
      autoscaling: createApplicationAutoscaling(settings),
      ledger: ledgerOf(environment, settings, systemClock, commit),
      deployments: createGithubDeployments(
        createGithubClient({
          token: github.token,
          apiUrl: github.url,
          repository: 'example/models',
          reporter: { info: () => undefined, warning: () => undefined },
        }),
        {
          sha: 'c'.repeat(40),
          runUrl: RUN_URL,
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

/** Makes a repository with two commits. */
async function makeCommits(folder: string): Promise<readonly [string, string]> {
  const git = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProcess({ command: 'git', argv, cwd: folder });
    if (exitCode !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const commit = async (message: string): Promise<string> => {
    const who = ['-c', 'user.name=matrix', '-c', 'user.email=matrix@example.test'];
    await git(...who, 'commit', '--quiet', '--allow-empty', '--message', message);
    return await git('rev-parse', 'HEAD');
  };
  await git('init', '--quiet');
  return [await commit('older'), await commit('newer')];
}

async function putImage(
  aws: LocalAws,
  access: Parameters<typeof pushImage>[0],
  name: ReleaseName,
  { containers, answers, mediaTypes }: FixtureOptions,
): Promise<string> {
  const mediaType = mediaTypes?.[name];
  // The preflight refuses this image, so it never runs.
  if (mediaType !== undefined) return aws.putManifestOnlyImage({ repository: 'scoring', seed: name, mediaType });
  const { latencyMilliseconds = 0, ...answer } = answers?.[name] ?? {};
  const { launchError, healthyAfterMilliseconds = 0, ...container } = containers?.[name] ?? {};
  const content = modelServerSource({
    answer: { ...answer, latencyMilliseconds: latencyMilliseconds * LATENCY_FACTOR },
    container: { ...container, healthyAfterMilliseconds: healthyAfterMilliseconds / STARTUP_ACCELERATION },
  });
  const digest = await pushImage(access, 'scoring', name, {
    layers: [[{ path: 'opt/program/server.mjs', content: `// ${name}\n${content}` }]],
    // The program is not in the image, so the container can't start.
    ...(launchError === undefined ? {} : { entrypoint: ['/opt/program/missing'] }),
  });
  return `127.0.0.1:${aws.port}/scoring@${digest}`;
}

async function untilInService(aws: LocalAws, name: string): Promise<void> {
  for (;;) {
    const status = aws.inspectEndpoints().find((endpoint) => endpoint.name === name)?.status;
    if (status === 'InService') return;
    if (status === 'Failed') throw new Error(`the endpoint ${name} of the row can't be created`);
    await delay(10);
  }
}
