import type { InvokeEndpointInput } from '../api-models/sagemaker-runtime.types.ts';
import type { DataCaptureConfig } from '../api-models/sagemaker.types.ts';
import type { Clock } from '../core/clock.ts';
import type { Repositories } from '../ecr/repository.ts';
import type { InstanceLauncher, InvocationResponse } from '../instances/launcher.ts';
import type { FirstLaunch } from './deployment-plan.ts';
import type { Fleet } from './fleet.ts';
import type { Endpoint, SageMakerState } from './state.ts';

/** The alarms of a deployment. */
export interface AlarmMonitor {
  /** The first of these alarms that is in ALARM, or undefined. */
  findBreach(alarmNames: readonly string[]): string | undefined;
  /** The first of these alarms that does not exist, or undefined. */
  findMissing(alarmNames: readonly string[]): string | undefined;
  /** Calls back after every state change until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** One answered (or failed) invocation, as CloudWatch counts it. */
export interface InvocationObservation {
  readonly endpointName: string;
  readonly variantName: string;
  readonly configName: string;
  /** Status of the container's answer; 0 when there was none. */
  readonly status: number;
  readonly modelLatencyMicroseconds: number;
  readonly overheadLatencyMicroseconds: number;
}

/** A request that the container of a variant has answered. */
export interface CapturedInvocation {
  readonly endpoint: Pick<Endpoint, 'name' | 'lifetime'>;
  readonly variantName: string;
  readonly arrivedAt: Date;
  readonly input: Pick<InvokeEndpointInput, 'Body' | 'ContentType' | 'InferenceId'>;
  readonly response: InvocationResponse;
}

/** Keeps a request and its answer as a fleet's DataCaptureConfig says. */
export type CaptureInvocation = (config: DataCaptureConfig | undefined, invocation: CapturedInvocation) => void;

/** Position of a bake in its update; a single bake is first and last. */
export interface BakePosition {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Injected faults of launches and deployments. Each method is called just before its step. */
export interface DeploymentFaults {
  /** A FailureReason with which launching more instances of a fleet fails, or undefined; `running` counts those it has. */
  onLaunch(fleet: {
    readonly endpointName: string;
    readonly configName: string;
    readonly variantName: string;
    readonly running: number;
  }): string | undefined;
  /** The digest of the image that new instances of a fleet run in place of their model's, or undefined. */
  otherImage(fleet: { readonly endpointName: string; readonly configName: string }): string | undefined;
  /** The failure of a bake, with a reason or without (null). */
  onBake(endpointName: string, position: BakePosition): { readonly reason: string | null } | undefined;
  /** Whether a failed update ends in UpdateRollbackFailed, and with which reason. */
  onRollback(endpointName: string): string | undefined;
  /** Whether a rolled-back update hides its FailureReason. */
  hidesFailureReason(endpointName: string): boolean;
  /** Whether a look at an endpoint that is being updated does not show yet what the update brings. */
  hidesPending(endpointName: string): boolean;
  /** Whether a look shows the endpoint as the look before did. */
  isStale(endpointName: string): boolean;
}

/** Where a model's data is in S3. */
export interface ModelDataLocation {
  readonly uri: string;
  readonly kind: 'prefix' | 'object' | 'archive';
}

/** The data of models in S3. */
export interface ModelData {
  /** Whether an object is there. */
  exists(location: ModelDataLocation): Promise<boolean>;
  /** Downloads it into a fresh folder. @throws LaunchError when it cannot be downloaded. */
  fetch(location: ModelDataLocation): Promise<string>;
}

export interface SageMakerDependencies {
  readonly state: SageMakerState;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly launcher: InstanceLauncher;
  readonly alarms: AlarmMonitor;
  readonly faults: DeploymentFaults;
  readonly modelData: ModelData;
  /** @throws AwsError when another service forbids this update: a scalable target keeps the instance type. */
  readonly checkUpdateAllowed: (blue: Fleet, green: Fleet, endpoint: Endpoint) => void;
  /** Called after an endpoint is deleted. */
  readonly onEndpointDeleted: (endpointName: string) => void;
  readonly logDirectory: string;
  /** Factor by which the start-up health check timeout is shorter; default 1. */
  readonly startupTimeoutAcceleration: number;
  /** Emulated seconds until the machines of new instances are ready. */
  readonly launchSeconds: number;
  readonly firstLaunch: FirstLaunch;
  readonly onInvocation: (observation: InvocationObservation) => void;
  /** Called with each answer of a container with a status of success. */
  readonly capture: CaptureInvocation;
  /** One line for the log when an endpoint changes. */
  readonly log: (line: string) => void;
  readonly random: () => number;
}
