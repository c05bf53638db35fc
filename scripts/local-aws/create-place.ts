import { join } from 'node:path';
import { autoscalingHandlers } from './autoscaling/handlers.ts';
import { createTargetStore } from './autoscaling/target-store.ts';
import { checkInstanceTypesKept, deregisterEndpoint, findVariantCapacity } from './autoscaling/variant-capacity.ts';
import type { Clock } from './core/clock.ts';
import { createAlarmStore } from './cloudwatch/alarm-store.ts';
import type { Dashboard, Dashboards } from './cloudwatch/dashboards.ts';
import { recordInvocation } from './cloudwatch/endpoint-metrics.ts';
import { cloudwatchHandlers } from './cloudwatch/handlers.ts';
import { createMetricStore } from './cloudwatch/metric-store.ts';
import { ecrHandlers } from './ecr/handlers.ts';
import type { AllRepositories, Repositories } from './ecr/repository.ts';
import { createDeploymentFaults } from './faults/deployment-faults.ts';
import type { FaultRegistry } from './faults/fault.ts';
import type { InstanceLauncher } from './instances/launcher.ts';
import { createModelData } from './model-data/model-data.ts';
import { createBucketAccess, createMotoAccess } from './model-data/s3.ts';
import { isSamePlace, type Place } from './core/place.ts';
import type { RegistryTokens } from './ecr/tokens.ts';
import { createDataCapture } from './runtime/capture.ts';
import { invokeEndpoint } from './runtime/invoke.ts';
import type { SageMakerDependencies } from './sagemaker/dependencies.ts';
import { sagemakerHandlers } from './sagemaker/handlers.ts';
import { createSageMakerState } from './sagemaker/state.ts';
import type { Buckets } from './s3/buckets.ts';
import type { Service } from './core/service.ts';
import { createServices } from './services.ts';
import { stsHandlers } from './sts/handlers.ts';
import type { LocalAwsOptions } from './local-aws.ts';
import type { Principals } from './wire/caller.ts';

/** Dependencies that all accounts and regions share. */
export interface Shared {
  readonly options: LocalAwsOptions;
  readonly clock: Clock;
  readonly faults: FaultRegistry;
  readonly repositories: AllRepositories;
  readonly tokens: RegistryTokens;
  /** Every bucket; stays empty where moto serves S3. */
  readonly buckets: Buckets;
  readonly launcher: InstanceLauncher;
  readonly principals: Principals;
  /** By account: a dashboard has no region. */
  readonly dashboards: Map<string, Dashboards>;
  /** Temporary files. */
  readonly dataDirectory: string;
  readonly random: () => number;
  readonly log: (line: string) => void;
}

/** The services of one account and region, and their state. */
export interface PlaceServices {
  readonly services: readonly Service[];
  readonly sagemaker: SageMakerDependencies;
  readonly repositories: Repositories;
}

/** An account and region in which nothing exists yet. */
export function createPlace(place: Place, shared: Shared): PlaceServices {
  const { options, clock, faults, tokens, launcher, principals, dataDirectory, random } = shared;
  const isDefault = isSamePlace(place, principals.defaultPlace);
  const name = `${place.accountId}/${place.region}`;
  const repositories: Repositories = { ...shared.repositories, place };
  const s3 =
    options.motoUrl === undefined
      ? createBucketAccess(shared.buckets, clock.now)
      : createMotoAccess(options.motoUrl, place);
  const targets = createTargetStore(place);
  const metrics = createMetricStore();
  const alarms = createAlarmStore(place, clock, metrics);
  const dashboards: Dashboards = shared.dashboards.get(place.accountId) ?? new Map<string, Dashboard>();
  shared.dashboards.set(place.accountId, dashboards);
  const work = new Set<Promise<void>>();
  const log = isDefault ? shared.log : (line: string) => shared.log(`${name}: ${line}`);
  const sagemaker: SageMakerDependencies = {
    state: createSageMakerState(place, (createdAt) => {
      const staleMilliseconds = faults.take('stale-reads', () => true)?.milliseconds ?? 0;
      return clock.now().getTime() >= createdAt.getTime() + clock.lasting(staleMilliseconds);
    }),
    clock,
    repositories,
    launcher,
    alarms,
    faults: createDeploymentFaults(faults),
    modelData: createModelData(s3, join(dataDirectory, 'model-data')),
    checkUpdateAllowed: (blue, green, endpoint) => {
      checkInstanceTypesKept(targets, blue, green, endpoint);
    },
    onEndpointDeleted: (endpointName) => {
      deregisterEndpoint(targets, endpointName);
    },
    logDirectory: isDefault ? options.logDirectory : join(options.logDirectory, name),
    startupTimeoutAcceleration: options.startupTimeoutAcceleration ?? 1,
    launchSeconds: options.launchSeconds ?? 0,
    firstLaunch: options.firstLaunch ?? 'whole-fleet',
    onInvocation: (observation) => {
      recordInvocation(metrics, observation, clock.now());
    },
    capture: createDataCapture({ clock, s3, random, log }),
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
    sts: stsHandlers(place, {
      webIdentity: options.webIdentity,
      // Sessions expire by the real clock, whatever the acceleration.
      now: () => new Date(),
      onSession: principals.add,
    }),
    cloudwatch: cloudwatchHandlers(place, dashboards, alarms, metrics, clock.now),
    'application-autoscaling': autoscalingHandlers(
      targets,
      alarms,
      (identity) => findVariantCapacity(sagemaker, track, identity),
      clock.now,
    ),
  });
  return { services, sagemaker, repositories };
}
