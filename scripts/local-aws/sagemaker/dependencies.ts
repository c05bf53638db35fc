import type { Clock } from '../core/clock.ts';
import type { Repositories } from '../ecr/repository.ts';
import type { InstanceLauncher } from '../instances/launcher.ts';
import type { Fleet } from './fleet.ts';
import type { Endpoint, SageMakerState } from './state.ts';

/** What alarms mean to a deployment. */
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

/** Where in its update a bake stands; the only one is both. */
export interface BakePosition {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The faults a test can put into launches and deployments. Each is asked just before the step it spoils. */
export interface DeploymentFaults {
  /** A FailureReason with which launching these instances fails, or undefined. */
  onLaunch(endpointName: string, configName: string, variantName: string): string | undefined;
  /** Makes a bake fail, with this reason or (null) with none. */
  onBake(endpointName: string, position: BakePosition): { readonly reason: string | null } | undefined;
  /** Whether a failed update ends in UpdateRollbackFailed, and with which reason. */
  onRollback(endpointName: string): string | undefined;
  /** Whether a rolled-back update hides its FailureReason. */
  hidesFailureReason(endpointName: string): boolean;
}

/** Fetches a model's data. Undefined when the model has none. @throws LaunchError when it cannot be had. */
export type FetchModelData = (source: {
  readonly uri: string;
  readonly kind: 'prefix' | 'object' | 'archive';
}) => Promise<string>;

export interface SageMakerDependencies {
  readonly state: SageMakerState;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly launcher: InstanceLauncher;
  readonly alarms: AlarmMonitor;
  readonly faults: DeploymentFaults;
  readonly fetchModelData: FetchModelData;
  /** @throws AwsError when another service forbids this update: a scalable target keeps the instance type. */
  readonly checkUpdateAllowed: (blue: Fleet, green: Fleet, endpoint: Endpoint) => void;
  /** Told when an endpoint is deleted. */
  readonly onEndpointDeleted: (endpointName: string) => void;
  readonly logDirectory: string;
  /** How many times faster the start-up health check times out; 1 unless a test asks for more. */
  readonly startupTimeoutAcceleration: number;
  readonly onInvocation: (observation: InvocationObservation) => void;
  /** One line for the log when an endpoint changes. */
  readonly log: (line: string) => void;
  readonly random: () => number;
}
