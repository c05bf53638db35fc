import { largestDifference } from '../tensor/largest-difference.ts';
import { concatenateRows, sliceRows, type Tensor } from '../tensor/tensor.ts';
import type { Session } from './session.ts';
import type { TrialRow } from './trial-rows.ts';

/** Whether rows of different requests may share a run, with the reason. */
export type BatchVerdict =
  | {
      readonly kind: 'agrees';
      readonly largestDifference: number;
      readonly tolerance: number;
      /** Distinct rows that ran alone and together. */
      readonly rowsTried: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ProofOptions {
  readonly tolerance: number;
  /** Most milliseconds of runs; a model that is too slow for it is not batched. */
  readonly budgetMilliseconds: number;
  readonly oneRowMilliseconds: number;
}

/** Rows of the longest trial, in which the rows repeat. */
const manyRows = 64;
const fewestRows = 4;
/** Most bytes of inputs in one run. */
const mostBytes = 64 * 1024 * 1024;

/** Runs rows alone and in several groups, and compares the outputs. */
export function proveBatching(session: Session, rows: readonly TrialRow[], options: ProofOptions): BatchVerdict {
  const { tolerance, budgetMilliseconds, oneRowMilliseconds } = options;
  // Each row runs once alone and three times in groups.
  const rowBytes = (rows[0] ?? []).reduce(
    (sum, { data }) => sum + (Array.isArray(data) ? 16 * data.length : data.byteLength),
    0,
  );
  const affordable = Math.min(
    Math.floor(budgetMilliseconds / (4 * Math.max(oneRowMilliseconds, 1e-3))),
    Math.floor(mostBytes / Math.max(rowBytes, 1)),
  );
  if (affordable < fewestRows) {
    return refused(
      `not tested: one row of ${rowBytes} bytes takes ${Math.round(oneRowMilliseconds)} ms, too much for a test of several`,
    );
  }
  const tried = runAlone(session, rows.slice(0, affordable));
  if (tried.length < 2) {
    return refused(
      'the model ran on one distinct row only, which shows nothing; give an example of several rows in signature.json',
    );
  }
  let largest = 0;
  try {
    for (const group of groupsOf(tried, affordable)) {
      largest = Math.max(largest, compareGroup(session, group));
      if (largest > tolerance) return disagree(largest, tolerance);
    }
  } catch (error) {
    return refused(`rows cannot be run together: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { kind: 'agrees', largestDifference: largest, tolerance, rowsTried: tried.length };
}

const refused = (reason: string): BatchVerdict => ({ kind: 'refused', reason });

function disagree(difference: number, tolerance: number): BatchVerdict {
  const text = difference === Infinity ? 'at all' : `within ${tolerance}: they differ by ${difference}`;
  return refused(`rows run together do not agree with rows run alone ${text}`);
}

interface TriedRow {
  readonly inputs: TrialRow;
  readonly outputs: readonly Tensor[];
}

/** The distinct rows that the model runs on. */
function runAlone(session: Session, rows: readonly TrialRow[]): TriedRow[] {
  const known = new Set<string>();
  return rows.flatMap((inputs) => {
    const content = inputs.map(contentOf).join('|');
    if (known.has(content)) return [];
    known.add(content);
    try {
      return [{ inputs, outputs: session.run(inputs) }];
    } catch {
      // An index out of range, a text of no known class: no request could have this row either.
      return [];
    }
  });
}

function contentOf({ data }: Tensor): string {
  return Array.isArray(data)
    ? JSON.stringify(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** All rows; all in the other order; two and the rest; and many, if they are fast. */
function groupsOf(tried: readonly TriedRow[], affordable: number): readonly (readonly TriedRow[])[] {
  const groups = [tried, tried.toReversed(), tried.slice(0, 2), tried.slice(2)];
  if (affordable > 16 * manyRows) {
    groups.push(
      Array.from({ length: manyRows }, (_, index) => tried.at(index % tried.length)).filter((row) => row !== undefined),
    );
  }
  return groups.filter(({ length }) => length > 1);
}

function compareGroup(session: Session, group: readonly TriedRow[]): number {
  const outputs = session.run(joinRows(group.map(({ inputs }) => inputs)));
  let largest = 0;
  for (const [index, output] of outputs.entries()) {
    if (output.shape[0] !== group.length) return Infinity;
    for (const [row, { outputs: alone }] of group.entries()) {
      const expected = alone[index];
      if (expected?.shape[0] !== 1) return Infinity;
      largest = Math.max(largest, largestDifference(expected, sliceRows(output, row, row + 1)));
    }
  }
  return largest;
}

/** The inputs of rows that run together. */
export function joinRows(rows: readonly TrialRow[]): Tensor[] {
  return (rows[0] ?? []).map((_, index) => concatenateRows(rows.flatMap((row) => row[index] ?? [])));
}
