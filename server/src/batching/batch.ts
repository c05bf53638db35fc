import type { Job } from './job.ts';
import { concatenateRows, sliceRows, type Tensor } from '../tensor/tensor.ts';

/** The joined inputs of the jobs of a batch. */
export function joinInputs(batch: readonly Job[]): Tensor[] {
  const joined: Tensor[] = [];
  const count = batch[0]?.inputs.length ?? 0;
  for (let index = 0; index < count; index++) {
    const parts: Tensor[] = [];
    for (const job of batch) {
      const part = job.inputs[index];
      if (part !== undefined) parts.push(part);
    }
    joined.push(concatenateRows(parts));
  }
  return joined;
}

/** Rows of all jobs together. */
export function totalRows(batch: readonly Job[]): number {
  let rows = 0;
  for (const job of batch) rows += job.rows;
  return rows;
}

/** True if every output has a row for each row of the batch. */
export function splitsEvenly(batch: readonly Job[], outputs: readonly Tensor[]): boolean {
  const rows = totalRows(batch);
  return outputs.every(({ shape }) => shape[0] === rows);
}

/** Settles each job with its rows of the outputs. */
export function settleParts(batch: readonly Job[], outputs: readonly Tensor[], runMilliseconds: number): void {
  const batchRows = totalRows(batch);
  let start = 0;
  for (const job of batch) {
    const end = start + job.rows;
    const first = start;
    const parts = outputs.map((output) => sliceRows(output, first, end));
    job.settle({ kind: 'done', outputs: parts, batchRows, runMilliseconds });
    start = end;
  }
}
