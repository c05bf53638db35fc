/** A run is slow above this multiple of the inline limit, and above this many milliseconds. */
const slowFactor = 20;
const leastSlowMilliseconds = 5;

/** One run above this is enough: /ping must be answered within a quarter of a second. */
export const longestInlineMilliseconds = 100;

/** Slow runs may take this many milliseconds more than fast ones have saved. */
const surplusMilliseconds = 250;

/**
 * Takes the milliseconds of each run on the event loop, and calls back once: after a single long run, or when slow runs
 * have delayed the event loop by much more than a busy machine explains.
 */
export function createSlowRunWatch(
  inlineLimitMilliseconds: number,
  onTooSlow: () => void,
): (runMilliseconds: number) => void {
  const slowMilliseconds = Math.max(leastSlowMilliseconds, slowFactor * inlineLimitMilliseconds);
  const longMilliseconds = Math.max(longestInlineMilliseconds, slowMilliseconds);
  let surplus = 0;
  let hasCalled = false;
  return (runMilliseconds) => {
    surplus = Math.max(0, surplus + runMilliseconds - slowMilliseconds);
    if (hasCalled || (surplus < surplusMilliseconds && runMilliseconds < longMilliseconds)) return;
    hasCalled = true;
    onTooSlow();
  };
}
