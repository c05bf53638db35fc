/** A call that GitHub didn't answer as hoped. */
export interface FailedCall {
  /** HTTP status, or undefined where no answer came at all. */
  readonly status: number | undefined;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  /** `x-ratelimit-remaining` is 0: seconds until it is filled up again. */
  readonly resetInSeconds: number | undefined;
}

const MOST_ATTEMPTS = 5;
const LONGEST_WAIT_SECONDS = 120;

/**
 * How many milliseconds to wait before a call is made again, or undefined where another attempt is of no use.
 *
 * Secondary limits and their retry-after: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 *
 * @param attempt 1 after the first failure
 * @param random from 0 up to 1, so that jobs that failed together don't come back together
 */
export function retryDelayMilliseconds(call: FailedCall, attempt: number, random: number): number | undefined {
  if (attempt >= MOST_ATTEMPTS) return undefined;
  const backoffSeconds = Math.min(2 ** (attempt - 1), 16) * (1 + random);
  if (isRateLimit(call)) {
    const told = call.retryAfterSeconds ?? call.resetInSeconds ?? Math.max(backoffSeconds, 60);
    return told > LONGEST_WAIT_SECONDS ? undefined : told * 1000 + random * 1000;
  }
  const passing = call.status === undefined || call.status >= 500 || call.status === 408;
  return passing ? (call.retryAfterSeconds ?? backoffSeconds) * 1000 : undefined;
}

/** Whether GitHub refused a call because there were too many: it was not carried out. */
export function isRateLimit(call: FailedCall): boolean {
  if (call.status === 429) return true;
  if (call.status !== 403) return false;
  return (
    call.retryAfterSeconds !== undefined ||
    call.resetInSeconds !== undefined ||
    /secondary rate limit/i.test(call.message)
  );
}
