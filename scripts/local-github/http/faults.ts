import type { OperationId } from '../openapi/served-operations.ts';

/** What goes wrong instead of an answer. */
export type FaultKind =
  | { readonly kind: 'secondary-rate-limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'server-error'; readonly status: 500 | 502 | 503 }
  | { readonly kind: 'connection-reset' };

/** A fault that was asked for. */
export type Fault = FaultKind & {
  /** Only calls of this operation; any where it is left out. */
  readonly operation?: OperationId | undefined;
  /** Whether the call is carried out before its answer is lost. */
  readonly afterwards?: boolean | undefined;
  /** How many calls meet it. */
  times: number;
};

/** The fault that the next call of an operation meets, counted down. */
export function takeFault(faults: Fault[], operation: OperationId): Fault | undefined {
  const fault = faults.find((candidate) => candidate.times > 0 && (candidate.operation ?? operation) === operation);
  if (fault !== undefined) fault.times -= 1;
  return fault;
}

/** The answer of a fault; a reset has none. */
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
    case 'server-error':
      return { status: fault.status, headers: {}, message: 'Server Error' };
    case 'connection-reset':
      return undefined;
  }
}
