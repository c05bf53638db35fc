/** How often work is tried, and how long to wait in between. */
export interface RetryPolicy {
  readonly attempts: number;
  /** The first wait; each further one is twice as long. */
  readonly firstWaitMilliseconds: number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Whether another attempt may succeed; by default after every error. */
  readonly isTransient?: (error: unknown) => boolean;
}

/**
 * Does work again until it succeeds or an error is final.
 *
 * @throws the last error.
 */
export async function retrying<Result>(policy: RetryPolicy, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === policy.attempts || policy.isTransient?.(error) === false) throw error;
      await policy.sleep(policy.firstWaitMilliseconds * 2 ** (attempt - 1));
    }
  }
}
