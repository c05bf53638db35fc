import type { RecordedCall } from './core/call-log.ts';
import type { Clock } from './core/clock.ts';
import type { FaultControl } from './faults/fault.ts';
import type { InProcessHandler } from './http/in-process-handler.ts';
import type { LauncherOption } from './instances/create-launcher.ts';
import type { InstanceLauncher } from './instances/launcher.ts';
import type { Place } from './core/place.ts';
import type { FirstLaunch } from './sagemaker/deployment-plan.ts';
import type { EndpointInspection, InstanceInspection } from './sagemaker/inspect.ts';
import type { WebIdentity } from './sts/handlers.ts';
import type { ManifestOnlyImage } from './ecr/put-manifest-only-image.ts';

export interface LocalAwsOptions {
  /** Folder for the log of the local AWS and of every instance; created when missing, never removed. */
  readonly logDirectory: string;
  /** Account of callers with unknown credentials: 12 digits, default 123456789012. */
  readonly accountId?: string;
  /** Region of requests without one; default eu-central-1. */
  readonly region?: string;
  /** The accounts and regions that are used; default: only those two. Each has its own endpoints, alarms, repositories. */
  readonly places?: readonly Place[];
  /** Port to listen on; default 0 for any free port. */
  readonly port?: number;
  /** Address of a moto server for all other operations. */
  readonly motoUrl?: string;
  /** How instances run; default auto. */
  readonly launcher?: LauncherOption;
  /** Factor by which emulated waits (baking, alarm periods) are shorter; default 1. */
  readonly acceleration?: number;
  /** A clock that replaces `acceleration`. */
  readonly clock?: Clock;
  /** Factor by which the start-up health check timeout is shorter; default 1. */
  readonly startupTimeoutAcceleration?: number;
  /** Emulated seconds until the machines of new instances are ready and their containers start; default 0. */
  readonly launchSeconds?: number;
  /** What an update launches before green gets its first traffic; default whole-fleet. */
  readonly firstLaunch?: FirstLaunch;
  /** Access key id to ARN, for the record of calls and GetCallerIdentity. */
  readonly principals?: Readonly<Record<string, string>>;
  /** Authorizes AssumeRoleWithWebIdentity; without it every request is refused. */
  readonly webIdentity?: WebIdentity;
  /** Largest body of an invocation; default 6,291,456. */
  readonly maximumBodyBytes?: number;
  /** Random numbers for routing and faults; default Math.random. */
  readonly random?: () => number;
  /** One line for each change of an endpoint; default none. */
  readonly onLog?: (line: string) => void;
}

export interface LocalAws {
  readonly url: string;
  readonly port: number;
  /** The default account and region. */
  readonly accountId: string;
  readonly region: string;
  /** Environment variables of a client in the default account and region. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The same for an account and region: a static access key of a user of that account.
   * @throws Error when the account is known in another partition.
   */
  readonly environmentOf: (place: Place) => Readonly<Record<string, string>>;
  readonly launcherKind: InstanceLauncher['kind'];
  /** For AWS SDK clients in this process: no sockets, so that every call is immediate on a virtual clock. */
  readonly requestHandler: InProcessHandler;
  /** Puts an image without layers into the registry, for fake instances; returns its reference by digest. */
  readonly putManifestOnlyImage: (image: ManifestOnlyImage, place?: Place) => string;
  /** Every API call so far, oldest first. */
  readonly calls: readonly RecordedCall[];
  /** Faults to inject into calls, launches and deployments; also under /_local/faults. */
  readonly faults: FaultControl;
  /** Every running instance. */
  readonly instances: () => readonly InstanceInspection[];
  /** Every endpoint with its instances; also under /_local/endpoints. */
  readonly inspectEndpoints: () => readonly EndpointInspection[];
  /** Puts an endpoint into SystemUpdating for so many emulated seconds. @throws Error unless it is InService. */
  readonly systemUpdate: (endpointName: string, seconds: number, place?: Place) => void;
  /** Stops every instance, stops listening and removes temporary files. */
  close(): Promise<void>;
}
