import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { autoscalingHandlers } from './autoscaling/handlers.ts';
import { createTargetStore } from './autoscaling/target-store.ts';
import { checkInstanceTypesKept, deregisterEndpoint, findVariantCapacity } from './autoscaling/variant-capacity.ts';
import { createCallLog } from './call-log.ts';
import { createRealClock } from './clock.ts';
import { createAlarmStore } from './cloudwatch/alarm-store.ts';
import { recordInvocation } from './cloudwatch/endpoint-metrics.ts';
import { cloudwatchHandlers } from './cloudwatch/handlers.ts';
import { createMetricStore } from './cloudwatch/metric-store.ts';
import { handleControl, type ControlContext } from './control.ts';
import { ecrHandlers } from './ecr/handlers.ts';
import type { Repositories } from './ecr/repository.ts';
import { createApiFaults } from './faults/api-faults.ts';
import { createDeploymentFaults } from './faults/deployment-faults.ts';
import { createFaultBook } from './faults/fault.ts';
import { createInProcessHandler } from './in-process-handler.ts';
import { handleApiRequest, type ApiContext } from './handle-request.ts';
import { putManifestOnlyImage } from './testing/put-image.ts';
import { createModelDataFetcher } from './model-data/fetch-model-data.ts';
import { createS3Reader } from './model-data/s3.ts';
import { createBlobStore } from './registry/blob-store.ts';
import { createRegistryTokens } from './registry/tokens.ts';
import { invokeEndpoint } from './runtime/invoke.ts';
import type { SageMakerDependencies } from './sagemaker/dependencies.ts';
import { sagemakerHandlers } from './sagemaker/handlers.ts';
import { inspectEndpoints, inspectInstances, systemUpdate } from './sagemaker/inspect.ts';
import { createSageMakerState } from './sagemaker/state.ts';
import { DEFAULT_MAXIMUM_BODY_BYTES, listen, portOf } from './server.ts';
import { createServices } from './services.ts';
import { stsHandlers } from './sts.ts';
import { createLauncher } from './instances/create-launcher.ts';
import type { LocalAws, LocalAwsOptions } from './local-aws.ts';

export type { FakeLauncherOptions, LocalAws, LocalAwsOptions } from './local-aws.ts';

/** Starts a local AWS: SageMaker, its runtime, ECR and STS on one loopback port. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const account = { id: options.accountId ?? '123456789012', region: options.region ?? 'eu-central-1' };
  const clock = options.clock ?? createRealClock(options.acceleration);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'local-aws-'));
  mkdirSync(options.logDirectory, { recursive: true });
  let port = 0;
  const repositories: Repositories = { account, all: new Map(), host: () => `127.0.0.1:${port}`, now: clock.now };
  const blobs = createBlobStore(join(dataDirectory, 'registry'));
  const tokens = createRegistryTokens(clock.now);
  const launcher = createLauncher(options.launcher ?? 'auto', clock, repositories, blobs, tokens, dataDirectory);
  const calls = createCallLog();
  const principals: Record<string, string> = { ...options.principals };
  const random = options.random ?? Math.random;
  const faults = createFaultBook(random);
  const s3 = options.motoUrl === undefined ? undefined : createS3Reader(options.motoUrl, account);
  const targets = createTargetStore(account);
  const metrics = createMetricStore();
  const alarms = createAlarmStore(account, clock, metrics);
  const work = new Set<Promise<void>>();
  const log = options.onLog ?? (() => undefined);
  const sagemaker: SageMakerDependencies = {
    state: createSageMakerState(account, (createdAt) => {
      const staleMilliseconds = faults.take('stale-reads', () => true)?.milliseconds ?? 0;
      return clock.now().getTime() >= createdAt.getTime() + clock.lasting(staleMilliseconds);
    }),
    clock,
    repositories,
    launcher,
    alarms,
    faults: createDeploymentFaults(faults),
    fetchModelData: createModelDataFetcher(s3, join(dataDirectory, 'model-data')),
    checkUpdateAllowed: (blue, green, endpoint) => {
      checkInstanceTypesKept(targets, blue, green, endpoint);
    },
    onEndpointDeleted: (endpointName) => {
      deregisterEndpoint(targets, endpointName);
    },
    logDirectory: options.logDirectory,
    startupTimeoutAcceleration: options.startupTimeoutAcceleration ?? 1,
    onInvocation: (observation) => {
      recordInvocation(metrics, observation, clock.now());
    },
    log,
    random,
  };
  const track = (task: Promise<void>) => {
    work.add(task);
    void task.finally(() => work.delete(task));
  };
  const services = createServices({
    sagemaker: sagemakerHandlers(sagemaker, track),
    'sagemaker-runtime': { InvokeEndpoint: (input) => invokeEndpoint(sagemaker, input) },
    ecr: ecrHandlers(repositories, tokens),
    sts: stsHandlers(account, {
      webIdentity: options.webIdentity,
      // Sessions last as long as the clocks of their users say, however fast the emulated waits pass.
      now: () => new Date(),
      onSession: (accessKeyId, arn) => {
        principals[accessKeyId] = arn;
      },
    }),
    cloudwatch: cloudwatchHandlers(account, alarms, metrics, clock.now),
    'application-autoscaling': autoscalingHandlers(
      targets,
      alarms,
      (identity) => findVariantCapacity(sagemaker, track, identity),
      clock.now,
    ),
  });
  const control: ControlContext = {
    faults,
    calls,
    inspectEndpoints: () => inspectEndpoints(sagemaker),
    systemUpdate: (endpointName, seconds) => {
      systemUpdate(sagemaker, endpointName, seconds);
    },
  };
  const api: ApiContext = {
    account,
    services,
    principals,
    calls,
    faults: createApiFaults(faults, clock),
    now: clock.now,
  };
  const closeFiles = () => rm(dataDirectory, { recursive: true, force: true });
  const server = await listen(
    {
      api,
      registry: { repositories, blobs, tokens },
      handleControl: (request) => handleControl(control, request),
      motoUrl: options.motoUrl,
      maximumBodyBytes: options.maximumBodyBytes ?? DEFAULT_MAXIMUM_BODY_BYTES,
      log,
    },
    options.port ?? 0,
  ).catch(async (error: unknown) => {
    await closeFiles();
    throw error;
  });
  port = portOf(server);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    accountId: account.id,
    region: account.region,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      AWS_ACCESS_KEY_ID: 'AKIALOCALAWS00000001',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    launcherKind: launcher.kind,
    requestHandler: createInProcessHandler((request) => handleApiRequest(api, request)),
    putManifestOnlyImage: (image) => putManifestOnlyImage(repositories, image),
    calls: calls.all,
    faults,
    instances: () => inspectInstances(sagemaker),
    inspectEndpoints: control.inspectEndpoints,
    systemUpdate: control.systemUpdate,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const endpoint of sagemaker.state.endpoints.values())
        endpoint.lifetime.abort(new Error('the local AWS closes'));
      await launcher.close();
      await closeFiles();
    },
  };
}
