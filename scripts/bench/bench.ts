import { percentile as percentileOfSorted } from '../../actions/lib/domain/smoke/check.ts';

/** What a family of benchmarks works with. */
export interface BenchContext {
  /** Alternating rounds; each figure is the median over them. */
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** A folder of its own that is removed afterwards. */
  readonly scratchDirectory: string;
  /** The short mode, for finding out whether things still work: figures of it are not to be quoted. */
  readonly short: boolean;
  /** Runs of families that play the same thing many times; undefined for their own number. */
  readonly runs: number | undefined;
  /** The first seed of such runs. */
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** A figure compared with its target. */
export interface Claim {
  readonly what: string;
  /** Undefined where something was missing that it takes, such as Python. */
  readonly measured: number | undefined;
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly unit: '×' | '%' | 'ms' | 's' | '' | 'MB';
}

/** One family of benchmarks: a file `NAME.bench.ts` in this folder whose default export is this. */
export interface BenchFamily {
  readonly summary: string;
  /** Measures, reports tables, and returns what is claimed. @throws Error when something that it needs is missing or answers wrongly */
  readonly run: (context: BenchContext) => Promise<readonly Claim[]>;
}

/** How a figure stands to its target. NaN, where a machine cannot tell a figure, is no pass. */
export function verdictOf({ measured, bound, target }: Claim): 'PASS' | 'FAIL' | 'SKIP' {
  if (measured === undefined) return 'SKIP';
  return (bound === 'at least' ? measured >= target : measured <= target) ? 'PASS' : 'FAIL';
}

/** `PASS  21.3 ×  (at least 20 ×)  what was measured`. */
export function renderClaim(claim: Claim): string {
  const figure = (value: number): string =>
    `${Number(value.toPrecision(3))}${claim.unit === '' ? '' : ` ${claim.unit}`}`;
  const measured = claim.measured === undefined ? '–' : figure(claim.measured);
  return `${verdictOf(claim)}  ${measured.padStart(8)}  (${claim.bound} ${figure(claim.target)})  ${claim.what}`;
}

/** One figure against another; undefined when either was not measured. */
export function ratio(dividend: number | undefined, divisor: number | undefined): number | undefined {
  return dividend === undefined || divisor === undefined ? undefined : dividend / divisor;
}

/** The middle value; of two middle ones their mean. @throws Error when there are none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of no values');
  return (lower + upper) / 2;
}

/** The value that a share of the values does not exceed; NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  return (
    percentileOfSorted(
      [...values].sort((a, b) => a - b),
      share,
    ) ?? Number.NaN
  );
}
