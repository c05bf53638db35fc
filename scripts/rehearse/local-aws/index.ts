import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { autoscalingHandlers } from './autoscaling/handlers.ts';
import { createTargetStore } from './autoscaling/target-store.ts';
import { checkInstanceTypesKept, deregisterEndpoint, findVariantCapacity } from './autoscaling/variant-capacity.ts';
import { createCallLog, type RecordedCall } from './call-log.ts';
import { createRealClock, type Clock } from './clock.ts';
import { createAlarmStore } from './cloudwatch/alarm-store.ts';
import { recordInvocation } from './cloudwatch/endpoint-metrics.ts';
import { cloudwatchHandlers } from './cloudwatch/handlers.ts';
import { createMetricStore } from './cloudwatch/metric-store.ts';
import { handleControl, type ControlContext } from './control.ts';
import { ecrHandlers } from './ecr/handlers.ts';
import type { Repositories } from './ecr/repository.ts';
import { createApiFaults } from './faults/api-faults.ts';
import { createDeploymentFaults } from './faults/deployment-faults.ts';
import { createFaultBook, type FaultControl } from './faults/fault.ts';
import { createContainerLauncher } from './instances/container-launcher.ts';
import { isDockerReady } from './instances/docker-cli.ts';
import { createFakeLauncher, type FakeBehaviour } from './instances/fake-launcher.ts';
import type { InstanceLauncher, InstanceSpec } from './instances/launcher.ts';
import { createProcessLauncher } from './instances/process-launcher.ts';
import { createInProcessHandler, type InProcessHandler } from './in-process-handler.ts';
import { handleApiRequest, type ApiContext } from './handle-request.ts';
import { putManifestOnlyImage, type ManifestOnlyImage } from './testing/put-image.ts';
import { createModelDataFetcher } from './model-data/fetch-model-data.ts';
import { createS3Reader } from './model-data/s3.ts';
import { createBlobStore, type BlobStore } from './registry/blob-store.ts';
import { createRegistryTokens, type RegistryTokens } from './registry/tokens.ts';
import { invokeEndpoint } from './runtime/invoke.ts';
import type { SageMakerDependencies } from './sagemaker/dependencies.ts';
import { sagemakerHandlers } from './sagemaker/handlers.ts';
import {
  inspectEndpoints,
  inspectInstances,
  systemUpdate,
  type EndpointInspection,
  type InstanceInspection,
} from './sagemaker/inspect.ts';
import { createSageMakerState } from './sagemaker/state.ts';
import { DEFAULT_MAXIMUM_BODY_BYTES, listen, portOf } from './server.ts';
import { createServices } from './services.ts';
import { stsHandlers } from './sts.ts';

export interface LocalAwsOptions {
  /** Folder for the log of the local AWS and of every instance; it is made and never removed. */
  readonly logDirectory: string;
  /** Twelve digits; default 123456789012. */
  readonly accountId?: string;
  /** Default eu-central-1. */
  readonly region?: string;
  /** Port to listen on; default 0, any free one. */
  readonly port?: number;
  /** A moto server, for everything that is not emulated here. */
  readonly motoUrl?: string;
  /** How instances run; default auto: containers where a docker engine answers, else processes. */
  readonly launcher?: 'container' | 'process' | 'auto' | FakeLauncherOptions;
  /** How many times faster emulated waits (baking, alarm periods) pass; default 1. */
  readonly acceleration?: number;
  /** A clock of the caller's own; wins over acceleration. */
  readonly clock?: Clock;
  /** How many times faster the start-up health check times out; default 1. */
  readonly startupTimeoutAcceleration?: number;
  /** Access key id to ARN, for the record of calls and GetCallerIdentity. */
  readonly principals?: Readonly<Record<string, string>>;
  /** Largest body of an invocation; default 6,291,456. */
  readonly maximumBodyBytes?: number;
  /** Chooses among instances and variants; default Math.random. */
  readonly random?: () => number;
  /** One line for each change of an endpoint; default none. */
  readonly onLog?: (line: string) => void;
}

/** Instances inside this process, for tests on a virtual clock. */
export interface FakeLauncherOptions {
  readonly kind: 'fake';
  /** How the containers of a model behave; default: they are healthy at once and echo. */
  readonly behave?: (spec: InstanceSpec) => FakeBehaviour;
}

export interface LocalAws {
  readonly url: string;
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  /** What a process needs in its environment to use this AWS and no other. */
  readonly environment: Readonly<Record<string, string>>;
  readonly launcherKind: InstanceLauncher['kind'];
  /** For AWS SDK clients in this process: no sockets, so that a virtual clock sees every call at once. */
  readonly requestHandler: InProcessHandler;
  /** Puts an image without layers into the registry, for fake instances; answers its reference by digest. */
  readonly putManifestOnlyImage: (image: ManifestOnlyImage) => string;
  /** Every API call so far, oldest first. */
  readonly calls: readonly RecordedCall[];
  /** Faults to inject into calls, launches and deployments; also under /_local/faults. */
  readonly faults: FaultControl;
  /** Every running instance: what a test looks at to see that a fleet is gone. */
  readonly instances: () => readonly InstanceInspection[];
  /** Every endpoint with its instances; also under /_local/endpoints. */
  readonly inspectEndpoints: () => readonly EndpointInspection[];
  /** Puts an endpoint into SystemUpdating for so many emulated seconds. @throws Error unless it is InService. */
  readonly systemUpdate: (endpointName: string, seconds: number) => void;
  /** Ends every instance, stops listening and removes temporary files. */
  close(): Promise<void>;
}

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
    sts: stsHandlers(account),
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
    principals: options.principals ?? {},
    calls,
    faults: createApiFaults(faults, clock),
    now: clock.now,
  };
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
  );
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
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

function createLauncher(
  wanted: NonNullable<LocalAwsOptions['launcher']>,
  clock: Clock,
  repositories: Repositories,
  blobs: BlobStore,
  tokens: RegistryTokens,
  dataDirectory: string,
): InstanceLauncher {
  if (typeof wanted === 'object') return createFakeLauncher(clock, wanted.behave ?? (() => ({})));
  const directory = join(dataDirectory, 'instances');
  const kind = wanted === 'auto' ? (isDockerReady() ? 'container' : 'process') : wanted;
  return kind === 'container'
    ? createContainerLauncher(repositories.host, tokens, directory)
    : createProcessLauncher(repositories, blobs, directory);
}
