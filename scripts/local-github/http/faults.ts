import type { OperationId } from '../openapi/served-operations.ts';

/** Kinds of faults. */
export type FaultKind =
  | { readonly kind: 'secondary-rate-limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'server-error'; readonly status: 500 | 502 | 503 }
  /** What a setting of the repository forbids, in GitHub's words. */
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'connection-reset' };

/** A fault to inject. */
export type Fault = FaultKind & {
  /** The operation; default any. */
  readonly operation?: OperationId | undefined;
  /** Whether the call takes effect before its response is lost. */
  readonly afterwards?: boolean | undefined;
  /** Number of calls. */
  times: number;
};

/** The fault of the next call of an operation; counts it down. */
export function takeFault(faults: Fault[], operation: OperationId): Fault | undefined {
  const fault = faults.find((candidate) => candidate.times > 0 && (candidate.operation ?? operation) === operation);
  if (fault !== undefined) fault.times -= 1;
  return fault;
}

/** The response of a fault; undefined for a reset. */
export function faultAnswer(
  fault: FaultKind,
): { readonly status: number; readonly headers: Record<string, string>; readonly message: string } | undefined {
  switch (fault.kind) {
    case 'secondary-rate-limit':
      // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
      return {
        status: 403,
        headers: { 'retry-after': String(fault.retryAfterSeconds) },
        message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      };
    case 'forbidden':
      return { status: 403, headers: {}, message: fault.message };
    case 'server-error':
      return { status: fault.status, headers: {}, message: 'Server Error' };
    case 'connection-reset':
      return undefined;
  }
}
