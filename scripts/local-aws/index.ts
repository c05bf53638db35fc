import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCallLog } from './core/call-log.ts';
import { createRealClock } from './core/clock.ts';
import { handleControl, type ControlContext } from './http/control.ts';
import { createPlace, type PlaceServices, type Shared } from './create-place.ts';
import type { AllRepositories } from './ecr/repository.ts';
import { createApiFaults } from './faults/api-faults.ts';
import { createFaultRegistry } from './faults/fault.ts';
import { createInProcessHandler } from './http/in-process-handler.ts';
import { handleApiRequest, type ApiContext } from './http/handle-request.ts';
import { putManifestOnlyImage } from './ecr/put-manifest-only-image.ts';
import type { Place } from './core/place.ts';
import { createBlobStore } from './registry/blob-store.ts';
import { createRegistryTokens } from './ecr/tokens.ts';
import { inspectEndpoints, inspectInstances, systemUpdate } from './sagemaker/inspect.ts';
import { DEFAULT_MAXIMUM_BODY_BYTES, listen, portOf } from './http/server.ts';
import { createLauncher } from './instances/create-launcher.ts';
import type { LocalAws, LocalAwsOptions } from './local-aws.ts';
import type { Buckets } from './s3/buckets.ts';
import { createPrincipals } from './wire/caller.ts';

export type { RecordedCall } from './core/call-log.ts';
export { arnIn, globalArnIn, partitionOf, type Place } from './core/place.ts';
export { createVirtualClock } from './core/virtual-clock.ts';
export { planDeployment, type DeploymentStep } from './sagemaker/deployment-plan.ts';
export type { FakeBehaviour } from './instances/fake-launcher.ts';
export type { InstanceSpec, InvocationRequest, InvocationResponse } from './instances/launcher.ts';
export type { LocalAws, LocalAwsOptions } from './local-aws.ts';
export { pushImage } from './registry/push-image.ts';
export type { WebIdentity } from './sts/handlers.ts';
export { AwsError } from './wire/aws-error.ts';

/**
 * Starts a local AWS: SageMaker, its runtime, ECR and STS on one loopback port, for any account and region. A request is
 * for the account of its access key and the region of its signature.
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const defaultPlace: Place = {
    accountId: options.accountId ?? '123456789012',
    region: options.region ?? 'eu-central-1',
  };
  const clock = options.clock ?? createRealClock(options.acceleration);
  const principals = createPrincipals(defaultPlace, options.places ?? [], options.principals ?? {});
  const dataDirectory = mkdtempSync(join(tmpdir(), 'local-aws-'));
  mkdirSync(options.logDirectory, { recursive: true });
  let port = 0;
  const repositories: AllRepositories = { all: new Map(), host: () => `127.0.0.1:${port}`, now: clock.now };
  const blobs = createBlobStore(join(dataDirectory, 'registry'));
  const tokens = createRegistryTokens(clock.now);
  const launcher = createLauncher(options.launcher ?? 'auto', clock, repositories, blobs, tokens, dataDirectory);
  const buckets: Buckets = new Map();
  const calls = createCallLog();
  const random = options.random ?? Math.random;
  const faults = createFaultRegistry(random);
  const log = options.onLog ?? (() => undefined);
  const shared: Shared = {
    options,
    clock,
    faults,
    repositories,
    tokens,
    buckets,
    launcher,
    principals,
    dashboards: new Map(),
    dataDirectory,
    random,
    log,
  };
  const places = new Map<string, PlaceServices>();
  const placeOf = (place: Place): PlaceServices => {
    const key = `${place.accountId}/${place.region}`;
    const services = places.get(key) ?? createPlace(place, shared);
    places.set(key, services);
    return services;
  };
  const control: ControlContext = {
    faults,
    calls,
    inspectEndpoints: () => [...places.values()].flatMap(({ sagemaker }) => inspectEndpoints(sagemaker)),
    systemUpdate: (endpointName, seconds, place = defaultPlace) => {
      systemUpdate(placeOf(place).sagemaker, endpointName, seconds);
    },
  };
  const api: ApiContext = {
    principals,
    servicesIn: (place) => placeOf(place).services,
    calls,
    faults: createApiFaults(faults, clock),
    now: clock.now,
    buckets: options.motoUrl === undefined ? buckets : undefined,
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
  const environmentWith = (region: string, accessKeyId: string) => ({
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  return {
    url,
    port,
    ...defaultPlace,
    environment: environmentWith(defaultPlace.region, 'AKIALOCALAWS00000001'),
    environmentOf: (place) => environmentWith(place.region, principals.userKeyOf(place)),
    launcherKind: launcher.kind,
    requestHandler: createInProcessHandler((request) => handleApiRequest(api, request)),
    putManifestOnlyImage: (image, place = defaultPlace) => putManifestOnlyImage(placeOf(place).repositories, image),
    calls: calls.all,
    faults,
    instances: () => [...places.values()].flatMap(({ sagemaker }) => inspectInstances(sagemaker)),
    inspectEndpoints: control.inspectEndpoints,
    systemUpdate: control.systemUpdate,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const { sagemaker } of places.values()) {
        for (const { lifetime } of sagemaker.state.endpoints.values())
          lifetime.abort(new Error('the local AWS closes'));
      }
      await launcher.close();
      await closeFiles();
    },
  };
}
