import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { createApplicationAutoscaling } from '../../../../actions/lib/adapters/aws/autoscaling.ts';
import type { AwsClientSettings } from '../../../../actions/lib/adapters/aws/clients.ts';
import { createCloudWatchAlarms } from '../../../../actions/lib/adapters/aws/cloudwatch.ts';
import { createFleetMetrics } from '../../../../actions/lib/adapters/aws/fleet-metrics.ts';
import { createEcrRegistry } from '../../../../actions/lib/adapters/aws/ecr.ts';
import { createS3ModelObjects } from '../../../../actions/lib/adapters/aws/s3-model-store.ts';
import { createGithubClient } from '../../../../actions/lib/adapters/github/client.ts';
import { createGithubDeployments } from '../../../../actions/lib/adapters/github/deployments.ts';
import { createSageMakerInvoker } from '../../../../actions/lib/adapters/aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../../../../actions/lib/adapters/aws/sagemaker.ts';
import type { Environment } from '../../../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName, stateBucketName } from '../../../../actions/lib/domain/environment/names.ts';
import type { Release } from '../../../../actions/lib/domain/release/release.ts';
import type { Clock } from '../../../../actions/lib/ports/clock.ts';
import type { Deployments } from '../../../../actions/lib/ports/deployments.ts';
import type { Ledger } from '../../../../actions/lib/ports/ledger.ts';
import { startLocalAws, createVirtualClock, type LocalAws } from '@sagemaker-gitops/local-aws';
import { linearModel } from './containers.ts';
import { declareResources, ledgerOf, releaseFileOf, releaseOf, RUN_URL, servingOf } from './declare.ts';
import { OLD_COMMIT } from './run-use-case.ts';
import { seededUniform } from '../../../../server/sample-model/random.ts';
import { makeStateBucket } from '../../../testing/state-bucket.ts';
import { ENVIRONMENT, SMOKE } from '../../../testing/swap-environment.ts';
import type { DeploymentsGithub } from '../../../testing/deployments-github.ts';
import type { ReleaseName, MatrixFixture, FixtureOptions } from './fixture.ts';

const SETTINGS = { credentials: { accessKeyId: 'AKIAFAULTMATRIX', secretAccessKey: 'matrix-secret-key' } } as const;

/** Starts the fixture of a row on a virtual clock: three releases, blue in service and verified. */
export async function startVirtualFixture(options: FixtureOptions, github: DeploymentsGithub): Promise<MatrixFixture> {
  const environment: Environment = { ...ENVIRONMENT, ...options.environment };
  const time = createVirtualClock();
  const logDirectory = mkdtempSync(path.join(tmpdir(), 'fault-matrix-'));
  const byId = new Map<string, ReleaseName>();
  const aws = await startLocalAws({
    logDirectory,
    accountId: environment.account,
    clock: time,
    launcher: {
      kind: 'fake',
      behave: (spec) => {
        const name = byId.get(spec.environment['RELEASE_ID'] ?? '') ?? 'blue';
        return { answer: linearModel(options.answers?.[name] ?? {}, time), ...options.containers?.[name] };
      },
    },
    random: seededUniform(42),
    ...options.launches,
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
    // As many attempts as the actions make, without pauses, which would take real time.
    retryStrategy: new ConfiguredRetryStrategy(5, 0),
  };
  const sagemaker = new SageMakerClient({ ...settings });
  const cloudwatch = new CloudWatchClient({ ...settings });
  const configName = (release: ReleaseName): string => endpointConfigName(environment, releases[release].id);

  const recording = new Set<Promise<unknown>>();
  const clock: Clock = {
    now: () => time.now().getTime() + (options.clockSkewMilliseconds ?? 0),
    monotonic: () => time.now().getTime(),
    // Only the action's waits advance this clock.
    sleep: async (milliseconds, signal) => {
      // The local GitHub answers in real time: wait for it before the virtual time advances.
      await Promise.allSettled(recording);
      await time.advance(milliseconds);
      signal?.throwIfAborted();
    },
  };
  await makeStateBucket(aws.url, { bucket: stateBucketName(environment), region: aws.region });
  const ledger = ledgerOf(environment, settings, clock, OLD_COMMIT);
  await declareResources(environment, releases, options, { sagemaker, cloudwatch }, ledger);
  const launchMilliseconds = (options.launches?.launchSeconds ?? 0) * 1000;
  await time.advance(launchMilliseconds);

  return {
    aws,
    github,
    time,
    launchMilliseconds,
    environment,
    releases,
    releaseFile: releaseFileOf(releases),
    smoke: { ...SMOKE, ...options.smoke },
    secrets: [SETTINGS.credentials.secretAccessKey, github.token],
    sagemaker,
    cloudwatch,
    scaling: new ApplicationAutoScalingClient({ ...settings }),
    configName,
    serving: () => servingOf(aws, environment, configName),
    ledger,
    ports: (commit = OLD_COMMIT) => ({
      endpoints: createSageMakerEndpoints(settings),
      invoker: createSageMakerInvoker(settings, clock, 'probe-1'),
      registry: createEcrRegistry(settings),
      models: createS3ModelObjects({ ...settings, forcePathStyle: true } as AwsClientSettings),
      alarms: createCloudWatchAlarms(settings),
      metrics: createFleetMetrics(settings),
      autoscaling: createApplicationAutoscaling(settings),
      ledger: trackedLedger(recording, ledgerOf(environment, settings, clock, commit)),
      deployments: tracked(
        recording,
        createGithubDeployments(
          createGithubClient({
            token: github.token,
            apiUrl: github.url,
            repository: 'example/models',
            reporter: { info: () => undefined, warning: () => undefined },
            secondMilliseconds: 1,
          }),
          {
            sha: 'c'.repeat(40),
            runUrl: RUN_URL,
            region: environment.region,
          },
        ),
      ),
      clock,
      random: () => 0.5,
    }),
    close: async () => {
      await aws.close();
      rmSync(logDirectory, { recursive: true, force: true });
    },
  };
}

/** A mirror whose pending writes are in a set. */
function tracked(recording: Set<Promise<unknown>>, deployments: Deployments): Deployments {
  const track = tracking(recording);
  return {
    open: async (...args) => await track(deployments.open(...args)),
    report: async (...args) => await track(deployments.report(...args)),
  };
}

/** A ledger whose pending writes are in a set. */
function trackedLedger(recording: Set<Promise<unknown>>, ledger: Ledger): Ledger {
  const track = tracking(recording);
  return { ...ledger, append: async (content) => await track(ledger.append(content)) };
}

function tracking(recording: Set<Promise<unknown>>) {
  return async <Result>(write: Promise<Result>): Promise<Result> => {
    recording.add(write);
    try {
      return await write;
    } finally {
      recording.delete(write);
    }
  };
}

function makeRelease(aws: LocalAws, name: ReleaseName, options: FixtureOptions): Release {
  const mediaType = options.mediaTypes?.[name];
  // Under the registry of the local AWS, but with a digest that is the same in every run.
  const image = { repository: 'scoring', seed: name, ...(mediaType === undefined ? {} : { mediaType }) };
  return releaseOf(aws.putManifestOnlyImage(image), options.specs?.[name]);
}
