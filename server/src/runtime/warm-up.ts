import { largestDifference } from '../tensor/largest-difference.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import type { Session } from './session.ts';
import { openDimensionCandidates, synthesizeInputs } from './synthetic-inputs.ts';
import { concatenateRows, sliceRows, type Tensor } from '../tensor/tensor.ts';

/** Whether rows of different requests may share a run, with the reason. */
type BatchVerdict =
  | {
      readonly kind: 'agrees';
      readonly largestDifference: number;
      readonly tolerance: number;
      readonly rowsTried: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** The result of warm-up. Times are medians of milliseconds. */
export interface WarmUpReport {
  /** The source of the inputs; none: the model ran on no generated input. */
  readonly inputs: 'example' | 'synthetic' | 'none';
  readonly oneRowMilliseconds: number | undefined;
  /** Milliseconds for each row when several rows run together. */
  readonly batchedRowMilliseconds: number | undefined;
  readonly batch: BatchVerdict;
}

export interface WarmUpOptions {
  readonly tolerance: number;
  /** Inputs from signature.json, one tensor per model input, with at least one row. */
  readonly example: readonly Tensor[] | undefined;
  /** False: skip the test for batching, as the configuration decides. */
  readonly prove: boolean;
  /** A slower model is not tested for batching here: its warm-up is repeated in a worker thread. */
  readonly proveUpToMilliseconds: number;
  readonly now: () => number;
}

/** Rows that run alone and together. */
const proofRows = 8;

/** Runs a model until it is warm, measures it, and tests whether its rows can share a run. */
export function warmUp(session: Session, options: WarmUpOptions): WarmUpReport {
  const found = findInputs(session, options.example);
  if (found === undefined) {
    return {
      inputs: 'none',
      oneRowMilliseconds: undefined,
      batchedRowMilliseconds: undefined,
      batch: {
        kind: 'refused',
        reason: 'the model ran on no generated inputs; give an example in signature.json',
      },
    };
  }
  const { source, make } = found;
  const oneRow = make(1);
  const oneRowMilliseconds = time(session, oneRow, options.now);
  const refused = (reason: string): WarmUpReport => ({
    inputs: source,
    oneRowMilliseconds,
    batchedRowMilliseconds: undefined,
    batch: { kind: 'refused', reason },
  });
  const obstacle = batchObstacle(session);
  if (obstacle !== undefined) return refused(obstacle);
  if (!options.prove) return refused('batching is switched off');
  if (oneRowMilliseconds > options.proveUpToMilliseconds)
    return refused('not tested: the model is too slow to run on the event loop');
  const rows = oneRowMilliseconds > 100 ? 2 : proofRows;
  try {
    const together = make(rows);
    const difference = compareAloneAndTogether(session, together, rows);
    const batchedRowMilliseconds = time(session, together, options.now) / rows;
    if (difference > options.tolerance) {
      const text = difference === Infinity ? 'at all' : `within ${options.tolerance}: they differ by ${difference}`;
      return { ...refused(`rows run together do not agree with rows run alone ${text}`), batchedRowMilliseconds };
    }
    const batch = {
      kind: 'agrees',
      largestDifference: difference,
      tolerance: options.tolerance,
      rowsTried: rows,
    } as const;
    return { inputs: source, oneRowMilliseconds, batchedRowMilliseconds, batch };
  } catch (error) {
    return refused(`rows cannot be run together: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The reason why a model's interface excludes batching, or undefined. */
export function batchObstacle(model: ModelInterface): string | undefined {
  for (const { name, shape } of model.inputs) {
    if (shape.length === 0) return `input "${name}" has no dimension to batch along`;
    if (typeof shape[0] === 'number') return `the first dimension of input "${name}" is fixed at ${shape[0]}`;
  }
  for (const { name, shape } of model.outputs) {
    if (shape.length === 0) return `output "${name}" has no dimension to batch along`;
    if (typeof shape[0] === 'number') return `the first dimension of output "${name}" is fixed at ${shape[0]}`;
  }
  return model.inputs.length === 0 ? 'the model has no inputs' : undefined;
}

interface FoundInputs {
  readonly source: 'example' | 'synthetic';
  readonly make: (rows: number) => Tensor[];
}

function findInputs(session: Session, example: readonly Tensor[] | undefined): FoundInputs | undefined {
  if (example !== undefined && canRun(session, example)) {
    return { source: 'example', make: (rows) => example.map((tensor) => repeatRows(tensor, rows)) };
  }
  const isOpen = session.inputs.some(({ shape }) => shape.some((size, axis) => axis > 0 && typeof size === 'string'));
  for (const size of isOpen ? openDimensionCandidates : openDimensionCandidates.slice(0, 1)) {
    const make = (rows: number): Tensor[] => synthesizeInputs(session.inputs, rows, size);
    if (canRun(session, make(1))) return { source: 'synthetic', make };
  }
  return undefined;
}

function canRun(session: Session, inputs: readonly Tensor[]): boolean {
  try {
    session.run(inputs);
    return true;
  } catch {
    return false;
  }
}

function repeatRows(tensor: Tensor, rows: number): Tensor {
  const available = tensor.shape[0] ?? 0;
  if (tensor.shape.length === 0 || available === 0) return tensor;
  const parts: Tensor[] = [];
  for (let row = 0; row < rows; row++) parts.push(sliceRows(tensor, row % available, (row % available) + 1));
  return concatenateRows(parts);
}

/** Compares each row run alone with the same row in batches of all rows, and of two and the rest. */
function compareAloneAndTogether(session: Session, together: readonly Tensor[], rows: number): number {
  const alone: Tensor[][] = [];
  for (let row = 0; row < rows; row++)
    alone.push(session.run(together.map((tensor) => sliceRows(tensor, row, row + 1))));
  let largest = 0;
  const splits = rows > 3 ? [[0, rows] as const, [0, 2] as const, [2, rows] as const] : [[0, rows] as const];
  for (const [start, end] of splits) {
    const outputs = session.run(together.map((tensor) => sliceRows(tensor, start, end)));
    for (const [index, output] of outputs.entries()) {
      if (output.shape[0] !== end - start) return Infinity;
      for (let row = start; row < end; row++) {
        const expected = alone[row]?.[index];
        if (expected?.shape[0] !== 1) return Infinity;
        largest = Math.max(largest, largestDifference(expected, sliceRows(output, row - start, row - start + 1)));
      }
    }
  }
  return largest;
}

/** A slow model needs no exact time. */
const enoughMilliseconds = 50;

/** Median milliseconds of a few runs: three, more if they are fast, fewer if they are slow. */
function time(session: Session, inputs: readonly Tensor[], now: () => number): number {
  const times: number[] = [];
  const started = now();
  while (times.length < 3 || (times.length < 9 && now() - started < 1)) {
    const before = now();
    session.run(inputs);
    times.push(now() - before);
    if (now() - started > enoughMilliseconds) break;
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}
