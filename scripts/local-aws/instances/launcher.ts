/** The specification of a new instance: an image by digest, the container's environment, model data, a log file. */
export interface InstanceSpec {
  readonly instanceId: string;
  readonly endpointName: string;
  readonly variantName: string;
  readonly image: ImageLocation;
  readonly environment: Readonly<Record<string, string>>;
  /** Directory with the fetched model data, or undefined when the image contains the model. */
  readonly modelDirectory: string | undefined;
  readonly networkIsolation: boolean;
  readonly logPath: string;
}

export interface ImageLocation {
  readonly repository: string;
  readonly digest: string;
}

export interface InvocationRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeoutMilliseconds: number;
}

export interface InvocationResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** A running container, process or fake. */
export interface RunningInstance {
  /** Loopback address of its server; undefined for a fake. */
  readonly address: string | undefined;
  /** Resolves when it has ended, with a sentence about the reason. */
  readonly ended: Promise<string>;
  /** Whether GET /ping answered 200 within the time. Never throws. */
  ping(timeoutMilliseconds: number): Promise<boolean>;
  /** @throws InvocationFailure when no answer came. */
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** SIGTERM, and SIGKILL after 30 s; resolves when it ended. */
  stop(): Promise<void>;
}

/** Starts instances: in containers, as processes from unpacked images, or as fakes inside this process. */
export interface InstanceLauncher {
  readonly kind: 'container' | 'process' | 'fake';
  /** @throws LaunchError when the container cannot be started at all. */
  launch(spec: InstanceSpec): Promise<RunningInstance>;
  close(): Promise<void>;
}

/** Why a container could not start; the message becomes the endpoint's FailureReason. */
export class LaunchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LaunchError';
  }
}

/** Why an invocation got no answer from its container. */
export class InvocationFailure extends Error {
  readonly kind: 'timeout' | 'connection';

  constructor(kind: 'timeout' | 'connection', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvocationFailure';
    this.kind = kind;
  }
}

/** SageMaker kills a container 30 s after SIGTERM (developer guide, "How SageMaker stops containers"). */
export const TERMINATION_GRACE_MILLISECONDS = 30_000;
