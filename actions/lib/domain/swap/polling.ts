/** How often an endpoint is looked at. */
export interface Pace {
  /** The longest wait between two looks. */
  readonly pollMilliseconds: number;
  /** How often the log says that nothing has changed. */
  readonly heartbeatMilliseconds: number;
}

/** The first wait is this share of the longest one, and doubles while nothing changes. */
const FIRST_SHARE = 0.125;
/** Spreads the looks of several runs: each wait is up to so much shorter. */
const JITTER = 0.25;

/** Milliseconds until the next look, after so many looks that showed nothing new; `random` is from 0 up to 1. */
export function nextWait(pace: Pace, unchanged: number, random: number): number {
  const grown = pace.pollMilliseconds * FIRST_SHARE * 2 ** Math.min(unchanged, 3);
  return Math.round(grown * (1 - JITTER * random));
}
