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
import { endpointConfigName, endpointName, stateBucketName } from '../../../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type Release, type ReleaseFile } from '../../../../actions/lib/domain/release/release.ts';
import { createS3Ledger } from '../../../../actions/lib/adapters/aws/s3-ledger.ts';
import type { AwsClientSettings } from '../../../../actions/lib/adapters/aws/clients.ts';
import { factPlaceOf, type Begun } from '../../../../actions/lib/domain/ledger/fact.ts';
import type { Clock } from '../../../../actions/lib/ports/clock.ts';
import type { Ledger } from '../../../../actions/lib/ports/ledger.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
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
  ledger: Ledger,
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
  if (options.emptyLedger === true) return;
  await recordVerified(ledger, environment, releases.old, releases.old);
  await recordVerified(ledger, environment, releases.blue, releases.old);
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
        Period: isAbort ? 10 : 60,
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

async function recordVerified(
  ledger: Ledger,
  environment: Environment,
  release: Release,
  before: Release,
): Promise<void> {
  const previous = before === release ? null : before.id;
  const attempt = await ledger.append(begunFact(release, endpointConfigName(environment, before.id), previous));
  const serves = endpointConfigName(environment, release.id);
  await ledger.append({
    kind: 'ended',
    attempt,
    outcome: 'promoted',
    cause: 'seeded',
    verdict: 'passed',
    serves,
    evidence: null,
  });
}

/** The first fact of a deployment. */
export function begunFact(release: Release, servedBefore: string, previousRelease: string | null): Begun {
  return {
    ...{ kind: 'begun', task: 'deploy', release: release.id, image: release.spec.image, servedBefore, previousRelease },
    ...{ leaves: null, accepts: [], acceptsServing: null, reason: null },
  };
}

/** The ledger of a row's environment, for a run for a commit. */
export function ledgerOf(
  environment: Environment,
  settings: AwsClientSettings,
  clock: Pick<Clock, 'now' | 'sleep'>,
  commit: string,
): Ledger {
  return createS3Ledger({ ...settings, forcePathStyle: true } as AwsClientSettings, {
    bucket: stateBucketName(environment),
    environment,
    origin: {
      // The local GitHub's only one.
      ...factPlaceOf(environment, '1'),
      commit,
      run: { id: 1, attempt: 1, url: RUN_URL },
    },
    clock,
  });
}

export const RUN_URL = 'https://github.example/example/models/actions/runs/1';

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
