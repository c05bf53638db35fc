import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateEndpointCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  type DeploymentConfig,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { afterEach } from 'vitest';
import { createVirtualClock } from '../core/virtual-clock.ts';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from '../index.ts';
import type { FakeBehaviour } from '../instances/fake-launcher.ts';
import { stageOf } from './endpoint-driver.ts';
import { createRelease } from './fixtures.ts';

const opened: { readonly aws: LocalAws; readonly logDirectory: string }[] = [];

afterEach(async () => {
  for (const { aws, logDirectory } of opened.splice(0)) {
    await aws.close();
    rmSync(logDirectory, { recursive: true });
  }
});

/** How green differs from an image that works, and how the local AWS differs from its defaults. */
interface VirtualSetup {
  readonly green?: FakeBehaviour;
  readonly greenImage?: { readonly mediaType: string };
  readonly options?: Pick<LocalAwsOptions, 'launchSeconds' | 'firstLaunch'>;
}

/** A local AWS on a virtual clock with an endpoint InService on "blue" (4 instances) and a config "green". */
export async function setUpVirtual({ green = {}, greenImage, options = {} }: VirtualSetup = {}) {
  const clock = createVirtualClock();
  const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  const behave = ({ environment }: { readonly environment: Readonly<Record<string, string>> }) =>
    environment['RELEASE_ID'] === 'green' ? green : {};
  const aws = await startLocalAws({ logDirectory, clock, launcher: { kind: 'fake', behave }, ...options });
  opened.push({ aws, logDirectory });
  const settings = {
    region: aws.region,
    endpoint: aws.url,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
    requestHandler: aws.requestHandler,
    maxAttempts: 1,
  };
  const clients = {
    sagemaker: new SageMakerClient(settings),
    runtime: new SageMakerRuntimeClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    ecr: new ECRClient(settings),
  };
  const variant = { InitialInstanceCount: 4 };
  await createRelease(clients, 'blue', aws.putManifestOnlyImage({ repository: 'echo', seed: 'blue' }), variant);
  await createRelease(
    clients,
    'green',
    aws.putManifestOnlyImage({ repository: 'echo', seed: 'green', ...greenImage }),
    variant,
  );
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'echo', EndpointConfigName: 'blue' }));
  await clock.advance((options.launchSeconds ?? 0) * 1000);
  const describeEndpoint = () => clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'echo' }));
  return {
    aws,
    clock,
    clients,
    describeEndpoint,
    update: (DeploymentConfig?: DeploymentConfig) =>
      clients.sagemaker.send(
        new UpdateEndpointCommand({ EndpointName: 'echo', EndpointConfigName: 'green', DeploymentConfig }),
      ),
    invoke: async () => {
      const command = new InvokeEndpointCommand({ EndpointName: 'echo', Body: '{}', ContentType: 'application/json' });
      return (await clients.runtime.send(command)).CustomAttributes;
    },
    /** Stages of green and active instances of both fleets, every five seconds, until the update has ended. */
    watch: async (seconds = 20_000) => {
      const seen: { stage: string; blue: number; green: number }[] = [];
      for (let second = 0; second < seconds; second += 5) {
        const state = await describeEndpoint();
        if (state.EndpointStatus !== 'Updating' && state.EndpointStatus !== 'RollingBack') return { seen, state };
        const active = (configName: string) =>
          aws.instances().filter((instance) => instance.configName === configName && instance.state === 'active')
            .length;
        const moment = { stage: stageOf(state), blue: active('blue'), green: active('green') };
        const last = seen.at(-1);
        if (JSON.stringify(last) !== JSON.stringify(moment)) seen.push(moment);
        await clock.advance(5_000);
      }
      throw new Error('the update did not end');
    },
  };
}

/** A blue/green update that bakes for 300 s at its end. */
export const blueGreen = (
  routing: NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration'],
): DeploymentConfig => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: routing, TerminationWaitInSeconds: 300 },
});
