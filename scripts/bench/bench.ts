/** What a family of benchmarks works with. */
export interface BenchContext {
  /** Alternating rounds; each figure is the median over them. */
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** A folder of its own that is removed afterwards. */
  readonly scratchDirectory: string;
  /** The short mode, for finding out whether things still work: figures of it are not to be quoted. */
  readonly short: boolean;
  readonly report: (line: string) => void;
}

/** A figure held against its target. */
export interface Claim {
  readonly what: string;
  readonly measured: number;
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly unit: '×' | '%' | 'ms' | '' | 'MB';
}

/** One family of benchmarks: a file `NAME.bench.ts` in this folder whose default export is this. */
export interface BenchFamily {
  readonly summary: string;
  /** Measures, reports tables, and returns what is claimed. @throws Error when something that it needs is missing or answers wrongly */
  readonly run: (context: BenchContext) => Promise<readonly Claim[]>;
}

/** Whether a figure meets its target. */
export function holds({ measured, bound, target }: Claim): boolean {
  return bound === 'at least' ? measured >= target : measured <= target;
}

/** `PASS  21.3 × (at least 20 ×)  what was measured`. */
export function renderClaim(claim: Claim): string {
  const figure = (value: number): string =>
    `${Number(value.toPrecision(3))}${claim.unit === '' ? '' : ` ${claim.unit}`}`;
  return `${holds(claim) ? 'PASS' : 'FAIL'}  ${figure(claim.measured).padStart(8)}  (${claim.bound} ${figure(claim.target)})  ${claim.what}`;
}

/** The middle value; of two middle ones their mean. @throws Error when there are none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of no values');
  return (lower + upper) / 2;
}
