import type { ProbeSettings } from '../environment/probes.ts';
import type { Verdict } from '../smoke/check.ts';
import { surelyAbove } from './error-rates.ts';
import { errorCounts, logRatiosByMinute, type FleetMinutes } from './fleet-minutes.ts';
import { logEvidenceAboveZero } from './sequential-test.ts';

/** Pairs of answers before anything is said of latency. */
export const LEAST_PAIRS = 30;
/** The chance that any of the three tests ever fails a release that is within its limits. */
const ALPHA = 0.01;
const TESTS = 3;
const ALPHA_OF_A_TEST = ALPHA / TESTS;
/** However little of a probe's latency is the model's: a smaller ratio is a matter of the network. */
const LEAST_RATIO = 1.05;

/** What is known of green beside blue. */
export interface ComparisonFacts {
  /** Logarithms of green's latency as a multiple of blue's, of answers to the same cases. */
  readonly logRatios: readonly number[];
  /** Null where CloudWatch could not be read. */
  readonly minutes: FleetMinutes | null;
  /** Median latency of blue as the probes see it, network included; null without answers. */
  readonly blueP50Milliseconds: number | null;
  /** How often the counts of errors were looked at, this time included. */
  readonly look: number;
}

/** What the comparison says, in one line. */
export interface Comparison {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** Green beside blue. Failed is for good; the others may change with more answers. */
export function compareFleets(facts: ComparisonFacts, settings: ProbeSettings): Comparison {
  const reasons = [problemOfErrors(facts, settings), problemOfLatency(facts, settings)].filter(
    (reason) => reason !== null,
  );
  if (reasons.length > 0) return { verdict: 'failed', reason: reasons.join('; ') };
  const { length } = facts.logRatios;
  if (length < LEAST_PAIRS) {
    return { verdict: 'inconclusive', reason: `${length} of at least ${LEAST_PAIRS} pairs of answers` };
  }
  return { verdict: 'successful', reason: `${length} pairs of answers, median ratio ${medianRatio(facts.logRatios)}` };
}

function problemOfErrors({ minutes, look }: ComparisonFacts, { errorPercentagePoints }: ProbeSettings): string | null {
  if (minutes === null || errorPercentagePoints === null) return null;
  const { green, blue } = errorCounts(minutes);
  if (surelyAbove(green, blue, ALPHA_OF_A_TEST, Math.max(1, look)) * 100 <= errorPercentagePoints) return null;
  return `green fails ${green.errors} of ${green.requests} requests, blue ${blue.errors} of ${blue.requests}: more than ${errorPercentagePoints} percentage points apart`;
}

function problemOfLatency(facts: ComparisonFacts, { latencyRatio }: ProbeSettings): string | null {
  const { logRatios, minutes } = facts;
  if (latencyRatio === null || logRatios.length < LEAST_PAIRS) return null;
  const probed = probedRatio(latencyRatio, facts);
  if (isAbove(logRatios, probed)) {
    return `green is slower than blue: ${medianRatio(logRatios)} times in the median of ${logRatios.length} pairs of answers, network included; at most ${probed.toFixed(2)} times is allowed, which is ${latencyRatio} times of the model alone`;
  }
  const byMinute = minutes === null ? [] : logRatiosByMinute(minutes);
  if (isAbove(byMinute, latencyRatio)) {
    return `green is slower than blue: ${medianRatio(byMinute)} times in the median of ${byMinute.length} minutes of CloudWatch, at most ${latencyRatio} times is allowed`;
  }
  return null;
}

function isAbove(logRatios: readonly number[], ratio: number): boolean {
  const differences = logRatios.map((value) => value - Math.log(ratio));
  return (logEvidenceAboveZero(differences).at(-1) ?? 0) >= Math.log(1 / ALPHA_OF_A_TEST);
}

/**
 * The ratio of latencies that probes may see: they see the network too, which no release changes. CloudWatch says how much of
 * blue's latency is the model's.
 */
export function probedRatio(latencyRatio: number, { minutes, blueP50Milliseconds }: ComparisonFacts): number {
  const medians = (minutes?.blue ?? []).flatMap(({ p50Milliseconds }) => p50Milliseconds ?? []).sort((a, b) => a - b);
  const model = medians[medians.length >> 1];
  if (model === undefined || blueP50Milliseconds === null || blueP50Milliseconds <= 0) return latencyRatio;
  const share = Math.min(1, model / blueP50Milliseconds);
  return Math.max(LEAST_RATIO, 1 + (latencyRatio - 1) * share);
}

function medianRatio(logRatios: readonly number[]): string {
  const sorted = [...logRatios].sort((a, b) => a - b);
  return Math.exp(sorted[sorted.length >> 1] ?? 0).toFixed(2);
}
