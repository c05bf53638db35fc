/** How often an endpoint is polled. */
export interface Pace {
  /** The longest wait between two polls. */
  readonly pollMilliseconds: number;
  /** How often the log says that nothing has changed. */
  readonly heartbeatMilliseconds: number;
}

/** The first wait is this share of the longest one, and doubles while nothing changes. */
const FIRST_SHARE = 0.125;
/** Jitter: each wait is shorter by up to this share. */
const JITTER = 0.25;

/** Milliseconds until the next poll, after so many polls without a change; `random` is from 0 up to 1. */
export function nextWait(pace: Pace, unchanged: number, random: number): number {
  const grown = pace.pollMilliseconds * FIRST_SHARE * 2 ** Math.min(unchanged, 3);
  return Math.round(grown * (1 - JITTER * random));
}
