import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteModelCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { createApplicationAutoscaling } from '../../../actions/lib/adapters/autoscaling.ts';
import type { AwsClientSettings } from '../../../actions/lib/adapters/aws-clients.ts';
import { createCloudWatchAlarms } from '../../../actions/lib/adapters/cloudwatch.ts';
import { createEcrRegistry } from '../../../actions/lib/adapters/ecr.ts';
import { createGithubLedger } from '../../../actions/lib/adapters/github-deployments.ts';
import { createSageMakerInvoker } from '../../../actions/lib/adapters/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../../../actions/lib/adapters/sagemaker.ts';
import type { Environment } from '../../../actions/lib/domain/environment.ts';
import { ABORT_METRIC, endpointConfigName, endpointName } from '../../../actions/lib/domain/names.ts';
import { alarmNamesOf } from '../../../actions/lib/domain/preflight.ts';
import { releaseIdOf, type Release, type ReleaseFile } from '../../../actions/lib/domain/release.ts';
import type { SwapPorts } from '../../../actions/lib/operations/swap-release.ts';
import type { Clock } from '../../../actions/lib/ports/clock.ts';
import type { Ledger } from '../../../actions/lib/ports/ledger.ts';
import { startLocalAws, type LocalAws } from '../local-aws/index.ts';
import type { FakeBehaviour } from '../local-aws/instances/fake-launcher.ts';
import { createVirtualClock, type VirtualClock } from '../local-aws/virtual-clock.ts';
import { startDeploymentsServer, type DeploymentsServer } from './deployments-server.ts';
import { ENVIRONMENT } from './environment.ts';
import { linearModel, type ContainerAnswer } from './containers.ts';

/** The releases that a row plays with: `blue` serves, `green` is to serve, `old` served before blue. */
export type ReleaseName = 'old' | 'blue' | 'green';

/** How a row differs from the good case. */
export interface WorldOptions {
  readonly environment?: Partial<Environment>;
  /** How the containers of a release behave. */
  readonly containers?: Partial<Record<ReleaseName, FakeBehaviour>>;
  readonly answers?: Partial<Record<ReleaseName, ContainerAnswer>>;
  readonly specs?: Partial<Record<ReleaseName, Partial<Release['spec']>>>;
  readonly mediaTypes?: Partial<Record<ReleaseName, string>>;
  /** What is not declared in AWS although it should be. */
  readonly without?: readonly ('model' | 'config' | 'alarms' | 'endpoint')[];
  readonly serving?: ReleaseName;
  /** Milliseconds that the runner's clock is ahead of AWS's. */
  readonly clockSkewMilliseconds?: number;
}

/** One account, one repository and one clock, with an endpoint in service. */
export interface World {
  readonly aws: LocalAws;
  readonly github: DeploymentsServer;
  readonly time: VirtualClock;
  readonly environment: Environment;
  readonly releases: Readonly<Record<ReleaseName, Release>>;
  readonly releaseFile: ReleaseFile;
  readonly sagemaker: SageMakerClient;
  readonly cloudwatch: CloudWatchClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly configName: (release: ReleaseName) => string;
  /** The release whose config serves now, or what else does. */
  readonly serving: () => string;
  readonly ports: () => Omit<SwapPorts, 'reporter' | 'signal'>;
  readonly close: () => Promise<void>;
}

const SETTINGS = { credentials: { accessKeyId: 'AKIAFAULTMATRIX', secretAccessKey: 'matrix-secret-key' } } as const;
/** The token that no log, output or summary may show. */
export const GITHUB_TOKEN = 'ghs_matrixtoken';
export const SECRETS: readonly string[] = [SETTINGS.credentials.secretAccessKey, GITHUB_TOKEN];

/** Builds the world of a row: three releases, blue in service and verified. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const environment: Environment = { ...ENVIRONMENT, ...options.environment };
  const time = createVirtualClock();
  const logDirectory = mkdtempSync(path.join(tmpdir(), 'fault-matrix-'));
  const github = await startDeploymentsServer();
  const byId = new Map<string, ReleaseName>();
  const aws = await startLocalAws({
    logDirectory,
    clock: time,
    launcher: {
      kind: 'fake',
      behave: (spec) => {
        const name = byId.get(spec.environment['RELEASE_ID'] ?? '') ?? 'blue';
        return { answer: linearModel(options.answers?.[name] ?? {}, time), ...options.containers?.[name] };
      },
    },
    random: seededRandom(),
  });
  const releases = {
    old: makeRelease(aws, 'old', options),
    blue: makeRelease(aws, 'blue', options),
    green: makeRelease(aws, 'green', options),
  };
  for (const name of ['old', 'blue', 'green'] as const) byId.set(releases[name].id, name);
  const settings: AwsClientSettings = {
    ...SETTINGS,
    region: aws.region,
    requestHandler: aws.requestHandler,
    // As many tries as the actions make, without their pauses: those would pass in real time.
    retryStrategy: new ConfiguredRetryStrategy(5, 0),
  };
  const sagemaker = new SageMakerClient({ ...settings });
  const cloudwatch = new CloudWatchClient({ ...settings });
  const configName = (release: ReleaseName): string => endpointConfigName(environment, releases[release].id);

  for (const name of ['old', 'blue', 'green'] as const) {
    const without = name === 'green' ? (options.without ?? []) : [];
    await declareRelease(environment, releases[name], without, sagemaker, cloudwatch);
  }
  const serving = options.serving ?? 'blue';
  if (!(options.without ?? []).includes('endpoint')) {
    await sagemaker.send(
      new CreateEndpointCommand({ EndpointName: endpointName(environment), EndpointConfigName: configName(serving) }),
    );
    await time.advance(0);
  }
  for (const name of ['old', 'blue'] as const) recordVerified(github, environment, releases[name]);

  const recording = new Set<Promise<unknown>>();
  const clock: Clock = {
    now: () => time.now().getTime() + (options.clockSkewMilliseconds ?? 0),
    // The action's waits are what makes time pass: nothing else moves this clock.
    sleep: async (milliseconds, signal) => {
      // GitHub answers in real time, which is no time at all beside an update.
      await Promise.allSettled(recording);
      await time.advance(milliseconds);
      signal?.throwIfAborted();
    },
  };
  return {
    aws,
    github,
    time,
    environment,
    releases,
    releaseFile: {
      live: releases.green.id,
      releases: Object.fromEntries(Object.values(releases).map(({ id, ...entry }) => [id, entry])),
    },
    sagemaker,
    cloudwatch,
    scaling: new ApplicationAutoScalingClient({ ...settings }),
    configName,
    serving: () => servingOf(aws, environment, configName),
    ports: () => ({
      endpoints: createSageMakerEndpoints(settings),
      invoker: createSageMakerInvoker(settings, clock),
      registry: createEcrRegistry(settings),
      alarms: createCloudWatchAlarms(settings),
      autoscaling: createApplicationAutoscaling(settings),
      ledger: tracked(
        recording,
        createGithubLedger({
          owner: 'example',
          repository: 'models',
          sha: 'c'.repeat(40),
          runUrl: 'https://github.example/example/models/actions/runs/1',
          token: GITHUB_TOKEN,
          region: environment.region,
          clock: { sleep: () => Promise.resolve() },
          apiUrl: github.url,
        }),
      ),
      clock,
      random: () => 0.5,
    }),
    close: async () => {
      await Promise.all([aws.close(), github.close()]);
      rmSync(logDirectory, { recursive: true, force: true });
    },
  };
}

/** A ledger whose writes in progress are known. */
function tracked(recording: Set<Promise<unknown>>, ledger: Ledger): Ledger {
  return {
    ...ledger,
    report: async (...args) => {
      const write = ledger.report(...args);
      recording.add(write);
      try {
        await write;
      } finally {
        recording.delete(write);
      }
    },
  };
}

function makeRelease(aws: LocalAws, name: ReleaseName, options: WorldOptions): Release {
  const mediaType = options.mediaTypes?.[name];
  const image = aws.putManifestOnlyImage({
    repository: 'onnx-inference',
    seed: name,
    ...(mediaType === undefined ? {} : { mediaType }),
  });
  const spec = {
    // The registry of the local AWS, but under a name that is the same in every run.
    image,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: {},
    startupTimeoutSeconds: 60,
    ...options.specs?.[name],
  };
  return {
    id: releaseIdOf(spec),
    spec,
    source: { commit: 'd'.repeat(40), createdAt: '2026-01-30T12:00:00Z', promotedFrom: null },
  };
}

async function declareRelease(
  environment: Environment,
  release: Release,
  without: readonly string[],
  sagemaker: SageMakerClient,
  cloudwatch: CloudWatchClient,
): Promise<void> {
  const name = endpointConfigName(environment, release.id);
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: `arn:aws:iam::${environment.account}:role/execution`,
      PrimaryContainer: { Image: release.spec.image, Environment: { RELEASE_ID: release.id } },
    }),
  );
  if (!without.includes('config')) {
    await sagemaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: [
          {
            VariantName: 'primary',
            ModelName: name,
            InstanceType: release.spec.instanceType as 'ml.m5.large',
            InitialInstanceCount: release.spec.instanceCount,
            ContainerStartupHealthCheckTimeoutInSeconds: release.spec.startupTimeoutSeconds,
          },
        ],
      }),
    );
  }
  if (without.includes('model')) await sagemaker.send(new DeleteModelCommand({ ModelName: name }));
  if (without.includes('alarms')) return;
  for (const alarm of alarmNamesOf(environment, release.id)) {
    const isAbort = alarm.endsWith('-abort');
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: alarm,
        Namespace: isAbort ? ABORT_METRIC.namespace : 'AWS/SageMaker',
        MetricName: isAbort ? ABORT_METRIC.name : alarm.endsWith('-5xx') ? 'Invocation5XXErrors' : 'ModelLatency',
        Dimensions: [
          { Name: 'EndpointName', Value: endpointName(environment) },
          ...(isAbort ? [] : [{ Name: 'VariantName', Value: 'primary' }]),
          { Name: 'EndpointConfigName', Value: name },
        ],
        ...(alarm.endsWith('-latency-p99') ? { ExtendedStatistic: 'p99' } : { Statistic: 'Sum' }),
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: alarm.endsWith('-latency-p99') ? 500_000 : 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      }),
    );
  }
}

function recordVerified(github: DeploymentsServer, environment: Environment, release: Release): void {
  github.record({
    task: 'deploy',
    environment: environment.name,
    payload: {
      release: release.id,
      previousRelease: null,
      image: release.spec.image,
      endpoint: endpointName(environment),
    },
    statuses: [{ state: 'success', description: 'seeded' }],
  });
}

function servingOf(aws: LocalAws, environment: Environment, configName: (release: ReleaseName) => string): string {
  const endpoint = aws.inspectEndpoints().find(({ name }) => name === endpointName(environment));
  const active = new Set(
    aws.instances().flatMap((instance) => (instance.state === 'active' ? [instance.configName] : [])),
  );
  const names = (['old', 'blue', 'green'] as const).filter((name) => active.has(configName(name)));
  if (endpoint === undefined) return 'no endpoint';
  return names.join(' and ') || 'nothing';
}

/** A sequence that is the same in every run (Mulberry32), so that a row always meets the same faults. */
function seededRandom(): () => number {
  let state = 42;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
