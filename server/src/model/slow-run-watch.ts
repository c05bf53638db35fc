/** A run this many times longer than what may run on the event loop is slow, and never one below the milliseconds. */
const slowFactor = 20;
const leastSlowMilliseconds = 5;

/** By so many must slow runs outnumber the others to show that warm-up's input was not typical; a busy machine makes some. */
const surplusToTell = 25;

/** Hears the milliseconds of each run on the event loop, and calls back once when too many of them are slow. */
export function createSlowRunWatch(
  inlineLimitMilliseconds: number,
  onTooSlow: () => void,
): (runMilliseconds: number) => void {
  const slowMilliseconds = Math.max(leastSlowMilliseconds, slowFactor * inlineLimitMilliseconds);
  let surplus = 0;
  let hasTold = false;
  return (runMilliseconds) => {
    surplus = runMilliseconds < slowMilliseconds ? Math.max(0, surplus - 1) : surplus + 1;
    if (hasTold || surplus < surplusToTell) return;
    hasTold = true;
    onTooSlow();
  };
}
