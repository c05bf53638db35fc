/** Time as the domain needs it, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since the Unix epoch: a label for people. The clock may be set at any moment. */
  now(): number;
  /** Milliseconds since some moment, which never step: the only reading whose differences are durations. */
  monotonic(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
