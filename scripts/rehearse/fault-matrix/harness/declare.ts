import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteModelCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { Environment } from '../../../../actions/lib/domain/environment/environment.ts';
import { ABORT_METRIC, alarmNamesOf } from '../../../../actions/lib/domain/environment/alarms.ts';
import { endpointConfigName, endpointName } from '../../../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type Release, type ReleaseFile } from '../../../../actions/lib/domain/release/release.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import type { LedgerGithub } from '../../../testing/ledger-github.ts';
import { RELEASE_NAMES, type ReleaseName, type FixtureOptions } from './fixture.ts';

/** The clients that declare a row's resources. */
export interface DeclaringClients {
  readonly sagemaker: SageMakerClient;
  readonly cloudwatch: CloudWatchClient;
}

/** The three releases of a row, each with the image it runs. */
export type Releases = Readonly<Record<ReleaseName, Release>>;

/** A release of an image, with a row's changes. */
export function releaseOf(image: string, changes: Partial<Release['spec']> = {}): Release {
  const spec = {
    image,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: {},
    startupTimeoutSeconds: 60,
    ...changes,
  };
  return {
    id: releaseIdOf(spec),
    spec,
    source: { commit: 'd'.repeat(40), createdAt: '2026-01-30T12:00:00Z', promotedFrom: null },
  };
}

/** The content of `release.json` with all releases, green to be live. */
export function releaseFileOf(releases: Releases): ReleaseFile {
  return {
    live: releases.green.id,
    releases: Object.fromEntries(Object.values(releases).map(({ id, ...entry }) => [id, entry])),
  };
}

/** Creates what Terraform would: models, configs and alarms of all releases, and the endpoint; old and blue are verified. */
export async function declareResources(
  environment: Environment,
  releases: Releases,
  options: FixtureOptions,
  clients: DeclaringClients,
  github: LedgerGithub,
): Promise<void> {
  for (const name of RELEASE_NAMES) {
    await declareRelease(environment, releases[name], name === 'green' ? (options.without ?? []) : [], clients);
  }
  if (!(options.without ?? []).includes('endpoint')) {
    const serving = releases[options.serving ?? 'blue'];
    await clients.sagemaker.send(
      new CreateEndpointCommand({
        EndpointName: endpointName(environment),
        EndpointConfigName: endpointConfigName(environment, serving.id),
      }),
    );
  }
  for (const name of ['old', 'blue'] as const) await recordVerified(github, environment, releases[name]);
}

async function declareRelease(
  environment: Environment,
  release: Release,
  without: readonly string[],
  { sagemaker, cloudwatch }: DeclaringClients,
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
        Threshold: alarm.endsWith('-latency-p99')
          ? (environment.alarms.latencyP99?.thresholdMilliseconds ?? 0) * 1000
          : 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      }),
    );
  }
}

async function recordVerified(github: LedgerGithub, environment: Environment, release: Release): Promise<void> {
  await github.record({
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

/** The releases whose instances have traffic, in words. */
export function servingOf(
  aws: LocalAws,
  environment: Environment,
  configName: (release: ReleaseName) => string,
): string {
  const endpoint = aws.inspectEndpoints().find(({ name }) => name === endpointName(environment));
  const active = new Set(
    aws.instances().flatMap((instance) => (instance.state === 'active' ? [instance.configName] : [])),
  );
  const names = RELEASE_NAMES.filter((name) => active.has(configName(name)));
  if (endpoint === undefined) return 'no endpoint';
  return names.join(' and ') || 'nothing';
}
