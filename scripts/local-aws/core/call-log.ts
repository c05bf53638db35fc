import type { Caller } from './service.ts';

/** A recorded API call, for policy simulators and tests. */
export interface RecordedCall {
  readonly at: Date;
  /** Signing name of the service, for example "sagemaker", "ecr" or "monitoring". */
  readonly service: string;
  /** Operation name; "GET /path" for a REST call that was forwarded. */
  readonly operation: string;
  /** Decoded input without its payload bytes; empty for forwarded calls. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Error code answered; undefined when the call succeeded (or was forwarded). */
  readonly error: string | undefined;
  readonly forwarded: boolean;
}

/** Maximum number of recorded calls; then the oldest are dropped, so that a long load test does not exhaust memory. */
const MAXIMUM_CALLS = 200_000;

export interface CallLog {
  readonly all: readonly RecordedCall[];
  record(call: RecordedCall): void;
}

/** An empty record of calls. */
export function createCallLog(): CallLog {
  const all: RecordedCall[] = [];
  return {
    all,
    record(call) {
      all.push(call);
      if (all.length > MAXIMUM_CALLS) all.splice(0, MAXIMUM_CALLS / 10);
    },
  };
}
