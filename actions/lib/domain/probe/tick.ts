import { isSuccessCase, type SmokeCase } from '../smoke/cases.ts';

/** Answers of green that a tick waits for. */
const ANSWERS_OF_GREEN = 2;
const MOST_CALLS = 40;
/** Questions in flight. */
export const LANES = 4;
/** Share of the endpoint's own requests that probes may add. */
const SHARE_OF_TRAFFIC = 0.05;
/** Calls a second that are always allowed. */
const LEAST_RATE = 1;

/** The cases that probes ask: those that expect an answer. A refused request would count as an error of its fleet. */
export function probedCases(cases: readonly SmokeCase[]): readonly SmokeCase[] {
  return cases.filter(isSuccessCase);
}

/** The cases of a tick, one for each answer of green that it waits for; all cases get their turn. */
export function casesOfTick(cases: readonly SmokeCase[], tick: number): readonly SmokeCase[] {
  return Array.from(
    { length: ANSWERS_OF_GREEN },
    (_, index) => cases[(tick * ANSWERS_OF_GREEN + index) % cases.length],
  ).filter((smoke) => smoke !== undefined);
}

/** Most calls of a tick: `requestsPerSecond` is the traffic of the endpoint, null where it isn't known. */
export function mostCalls(intervalSeconds: number, requestsPerSecond: number | null): number {
  const rate = Math.max(LEAST_RATE, SHARE_OF_TRAFFIC * (requestsPerSecond ?? 0));
  return Math.min(MOST_CALLS, Math.floor(rate * intervalSeconds));
}
