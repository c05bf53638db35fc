import type { Comparison } from './comparison.ts';

/** Who a probe's answer came from; `unnamed` where it names neither release, or there was none. */
export const ANSWERERS = ['green', 'blue', 'unnamed'] as const;
export type Answerer = (typeof ANSWERERS)[number];

/** What one round of questions brought. */
export interface TickSample {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Answers by whom they came from; `failed` are those that a definite failure of the case. */
  readonly answered: Readonly<Record<Answerer, number>>;
  readonly failed: Readonly<Record<Answerer, number>>;
}

/** What the probes of a swap saw. */
export interface ProbeReport {
  readonly asked: number;
  /** Calls that did not reach the endpoint. */
  readonly notAsked: number;
  readonly answered: Readonly<Record<Answerer, number>>;
  readonly failed: Readonly<Record<Answerer, number>>;
  readonly p50Milliseconds: Readonly<Record<'green' | 'blue', number | null>>;
  readonly p99Milliseconds: Readonly<Record<'green' | 'blue', number | null>>;
  readonly pairs: number;
  readonly comparison: Comparison;
  /** What could not be done, in one line; null where all was. */
  readonly gap: string | null;
  readonly ticks: readonly TickSample[];
}
