/** A run is slow above this multiple of the inline limit, and above this many milliseconds. */
const slowFactor = 20;
const leastSlowMilliseconds = 5;

/** Slow runs must outnumber the others by this many: a busy machine causes single slow runs. */
const surplusLimit = 25;

/** Takes the milliseconds of each run on the event loop, and calls back once when too many runs are slow. */
export function createSlowRunWatch(
  inlineLimitMilliseconds: number,
  onTooSlow: () => void,
): (runMilliseconds: number) => void {
  const slowMilliseconds = Math.max(leastSlowMilliseconds, slowFactor * inlineLimitMilliseconds);
  let surplus = 0;
  let hasCalled = false;
  return (runMilliseconds) => {
    surplus = runMilliseconds < slowMilliseconds ? Math.max(0, surplus - 1) : surplus + 1;
    if (hasCalled || surplus < surplusLimit) return;
    hasCalled = true;
    onTooSlow();
  };
}
