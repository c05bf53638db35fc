import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ContainerDefinition } from '../api-models/sagemaker.types.ts';
import { LaunchError, type InstanceSpec, type RunningInstance } from '../instances/launcher.ts';
import type { ModelDataLocation, SageMakerDependencies } from './dependencies.ts';
import type { Counts } from './deployment-plan.ts';
import { createInstance, type Fleet, type FleetVariant } from './fleet.ts';
import { resolveImage } from './resolve-image.ts';
import type { Endpoint } from './state.ts';
import { supervise } from './supervise.ts';
import { PING_TIMEOUT_MILLISECONDS } from './watch-health.ts';

/** Default of ContainerStartupHealthCheckTimeoutInSeconds (developer guide: between 60 and 3600 s). */
const DEFAULT_STARTUP_TIMEOUT_SECONDS = 300;
/** SageMaker pings every few seconds; here more often, so that the start is not longer than the container's own. */
const PING_INTERVAL_MILLISECONDS = 50;
/** Restarts of a container that exits before its first healthy ping. */
const START_ATTEMPTS = 3;

/** Waits until the machines for so many instances are ready; returns at once where none is missing. */
export async function awaitMachines(
  { clock, launchSeconds }: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
  counts: Counts,
  wait = (milliseconds: number) => clock.waitEmulated(milliseconds, endpoint.lifetime.signal),
): Promise<void> {
  const isMissing = fleet.variants.some(({ name, instances }) => (counts[name] ?? 0) > instances.length);
  if (isMissing && launchSeconds > 0) await wait(launchSeconds * 1000);
}

/**
 * Starts the instances of every variant; a failure is thrown once all of them have started or failed.
 * @throws LaunchError with the FailureReason of the first that failed.
 */
export async function launchFleet(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  const launches = fleet.variants.map((variant) =>
    launchInstances(dependencies, endpoint, fleet, variant, counts[variant.name] ?? 0, signal),
  );
  const failure = (await Promise.allSettled(launches)).find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/**
 * Starts instances until a variant has `count`, all healthy but none active.
 * @throws LaunchError with the FailureReason when the image, its data or its health is missing.
 */
export async function launchInstances(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
  variant: FleetVariant,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const missing = count - variant.instances.length;
  if (missing <= 0) return;
  const running = variant.instances.length;
  const names = { endpointName: endpoint.name, configName: fleet.configName, variantName: variant.name };
  const fault = dependencies.faults.onLaunch({ ...names, running });
  if (fault !== undefined) throw new LaunchError(fault);
  const specify = await prepareSpec(dependencies, endpoint, variant, dependencies.faults.otherImage(names));
  const starts = Array.from({ length: missing }, async () => {
    const spec = specify();
    const server = await startHealthy(dependencies, variant, spec, signal);
    const instance = createInstance(spec.instanceId, server, false);
    variant.instances.push(instance);
    supervise(dependencies, endpoint, variant, instance, (instanceId) =>
      startHealthy(dependencies, variant, { ...spec, instanceId }, endpoint.lifetime.signal),
    );
  });
  const results = await Promise.allSettled(starts);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function prepareSpec(
  { repositories, modelData, logDirectory }: SageMakerDependencies,
  endpoint: Endpoint,
  variant: FleetVariant,
  otherDigest: string | undefined,
): Promise<() => InstanceSpec> {
  const { model } = variant;
  const container = model.PrimaryContainer ?? model.Containers?.[0];
  if (container?.Image === undefined || (model.Containers?.length ?? 0) > 1) {
    throw new LaunchError(
      `Model ${model.ModelName} is not one container with an image, which the local AWS cannot run.`,
    );
  }
  const { location, deployed } = resolveImage(repositories, container.Image);
  variant.image = deployed;
  const source = modelDataOf(container);
  const modelDirectory = source === undefined ? undefined : await modelData.fetch(source);
  return () => {
    const instanceId = `i-${randomBytes(8).toString('hex')}`;
    return {
      instanceId,
      endpointName: endpoint.name,
      variantName: variant.name,
      image: otherDigest === undefined ? location : { ...location, digest: otherDigest },
      environment: container.Environment ?? {},
      modelDirectory,
      networkIsolation: model.EnableNetworkIsolation ?? false,
      logPath: join(logDirectory, 'endpoints', endpoint.name, variant.name, `${instanceId}.log`),
    };
  };
}

/** The S3 location of a container's model data; undefined when it has none. */
export function modelDataOf(container: ContainerDefinition): ModelDataLocation | undefined {
  const source = container.ModelDataSource?.S3DataSource;
  if (source !== undefined) {
    const kind = source.CompressionType === 'Gzip' ? 'archive' : source.S3DataType === 'S3Prefix' ? 'prefix' : 'object';
    return { uri: source.S3Uri, kind };
  }
  return container.ModelDataUrl === undefined ? undefined : { uri: container.ModelDataUrl, kind: 'archive' };
}

/** Starts one container and waits for its first healthy ping. @throws LaunchError with SageMaker's text. */
async function startHealthy(
  { launcher, clock, startupTimeoutAcceleration }: SageMakerDependencies,
  variant: FleetVariant,
  spec: InstanceSpec,
  signal: AbortSignal,
): Promise<RunningInstance> {
  const timeoutSeconds =
    variant.settings.ContainerStartupHealthCheckTimeoutInSeconds ?? DEFAULT_STARTUP_TIMEOUT_SECONDS;
  const deadline = clock.now().getTime() + (timeoutSeconds * 1000) / startupTimeoutAcceleration;
  for (let attempt = 1; ; attempt += 1) {
    const server = await launcher.launch(spec);
    const outcome = await waitForHealth(server, deadline, clock, signal);
    if (outcome === 'healthy') return server;
    await server.stop();
    if (outcome === 'aborted') throw signal.reason;
    if (outcome === 'timeout' || attempt === START_ATTEMPTS) {
      throw new LaunchError(
        `The primary container for production variant ${spec.variantName} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`,
      );
    }
  }
}

async function waitForHealth(
  server: RunningInstance,
  deadline: number,
  clock: SageMakerDependencies['clock'],
  signal: AbortSignal,
): Promise<'healthy' | 'ended' | 'timeout' | 'aborted'> {
  const end = { isReached: false };
  void server.ended.then(() => {
    end.isReached = true;
  });
  for (;;) {
    if (await server.ping(PING_TIMEOUT_MILLISECONDS)) return 'healthy';
    if (signal.aborted) return 'aborted';
    if (end.isReached) return 'ended';
    if (clock.now().getTime() >= deadline) return 'timeout';
    await clock.waitReal(PING_INTERVAL_MILLISECONDS);
  }
}
