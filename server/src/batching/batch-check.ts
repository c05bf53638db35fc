import type { Job, RunResult } from './job.ts';
import { largestDifference } from '../tensor/largest-difference.ts';
import { sliceRows, type Tensor } from '../tensor/tensor.ts';

export interface BatchCheckOptions {
  readonly tolerance: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Share of the processors that this process has used since the last call. */
  readonly cpuShare: () => number;
  /** Calls back after the current turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  readonly onChecked: (result: BatchCheckResult) => void;
}

/** `difference`: of the first row that disagrees, or the largest of all rows. */
export interface BatchCheckResult {
  readonly agrees: boolean;
  readonly rows: number;
  readonly difference: number;
}

/** Runs batches again row by row, now and then, to find rows that change each other's outputs. */
export interface BatchCheck {
  /** Called after each batch of several jobs. `ended` is called if a check was started and has ended. */
  readonly consider: (batch: readonly Job[], outputs: readonly Tensor[], run: RunRow, ended: () => void) => void;
  readonly isRunning: () => boolean;
}

type RunRow = (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;

const pauseMilliseconds = 60_000;
const busyShare = 0.7;
/** Most rows of a check. */
const mostRows = 256;

/** Makes a check that runs at most once a minute, and only below 70 % of the processors. */
export function createBatchCheck(options: BatchCheckOptions): BatchCheck {
  const { now, cpuShare, defer, onChecked, tolerance } = options;
  let lastCheck = -Infinity;
  let isRunning = false;

  const compare = (rows: readonly CheckedRow[], run: RunRow, ended: () => void): void => {
    let largest = 0;
    const end = (agrees: boolean): void => {
      isRunning = false;
      onChecked({ agrees, rows: rows.length, difference: largest });
      ended();
    };
    const step = (index: number): void => {
      const row = rows[index];
      if (row === undefined) {
        end(true);
        return;
      }
      run(row.inputs, (result) => {
        // A run that fails alone did not fail in the batch: that is a disagreement too.
        const difference = result.kind === 'outputs' ? differenceOf(result.outputs, row.outputs) : Infinity;
        largest = Math.max(largest, difference);
        // One row in each turn of the event loop.
        if (difference > tolerance) end(false);
        else defer(() => step(index + 1));
      });
    };
    defer(() => step(0));
  };

  return {
    isRunning: () => isRunning,
    consider: (batch, outputs, run, ended) => {
      const time = now();
      if (isRunning || time - lastCheck < pauseMilliseconds || cpuShare() >= busyShare) return;
      lastCheck = time;
      isRunning = true;
      compare(rowsOf(batch, outputs), run, ended);
    },
  };
}

interface CheckedRow {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Copies of the rows: a runner may take the memory of its inputs, and a response that of its outputs. */
function rowsOf(batch: readonly Job[], outputs: readonly Tensor[]): readonly CheckedRow[] {
  const rows: CheckedRow[] = [];
  let position = 0;
  for (const { inputs, rows: count } of batch) {
    for (let row = 0; row < count && rows.length < mostRows; row++) {
      const at = position + row;
      rows.push({
        inputs: inputs.map((tensor) => copy(sliceRows(tensor, row, row + 1))),
        outputs: outputs.map((tensor) => copy(sliceRows(tensor, at, at + 1))),
      });
    }
    position += count;
  }
  return rows;
}

function copy({ type, shape, data }: Tensor): Tensor {
  return { type, shape, data: data.slice() };
}

function differenceOf(alone: readonly Tensor[], together: readonly Tensor[]): number {
  let largest = 0;
  for (const [index, expected] of alone.entries()) {
    const actual = together[index];
    if (actual === undefined) return Infinity;
    largest = Math.max(largest, largestDifference(expected, actual));
  }
  return largest;
}

/** The share of the processors that this process has used between calls; 1 until there is a second to measure. */
export function createCpuMeter(
  processors: number,
  now: () => number,
  usage: () => { readonly user: number; readonly system: number } = () => process.cpuUsage(),
): () => number {
  let since = now();
  let before = usage();
  let share = 1;
  return () => {
    const elapsed = now() - since;
    if (elapsed < 1000) return share;
    const after = usage();
    share = (after.user + after.system - before.user - before.system) / 1000 / (elapsed * processors);
    since = now();
    before = after;
    return share;
  };
}
