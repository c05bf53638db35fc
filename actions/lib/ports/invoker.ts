/** A request to an endpoint's container. */
export interface Invocation {
  readonly endpointName: string;
  readonly contentType: string;
  readonly accept: string | undefined;
  readonly body: Uint8Array;
  /** Longest wait for an answer; default: as long as SageMaker itself waits. */
  readonly timeoutMilliseconds?: number;
}

/** The result of an invocation: the container's answer, or why there is none. */
export type InvocationResult =
  | {
      readonly kind: 'answered';
      /** The container's own HTTP status. */
      readonly status: number;
      /** The release that the container says it is; undefined where it doesn't say. */
      readonly releaseId: string | undefined;
      /** The digest of the model that the container says it has loaded; undefined where it doesn't say. */
      readonly modelDigest?: string | undefined;
      readonly body: Uint8Array;
      /** The media type of the answer, with its parameters; undefined where none was given. */
      readonly contentType: string | undefined;
      readonly latencyMilliseconds: number;
    }
  | {
      /** The endpoint failed to answer: it counts against the release. */
      readonly kind: 'failed';
      readonly message: string;
      readonly latencyMilliseconds: number;
    }
  | {
      /** The question did not reach the endpoint: it says nothing about the release. */
      readonly kind: 'not-asked';
      readonly message: string;
      readonly latencyMilliseconds: number;
    };

/** The data plane of endpoints. Never throws, but for the signal's reason when it is aborted. */
export interface Invoker {
  invoke(invocation: Invocation, signal?: AbortSignal): Promise<InvocationResult>;
}
