import type { Job } from './job.ts';
import { concatenateRows, sliceRows, type Tensor } from '../tensor/tensor.ts';

/** Most parts of a request. */
const mostParts = 64;

/**
 * Splits a job of many independent rows into parts: a large request must not block all others, and several threads can
 * share it. The job is settled once, after all its parts.
 */
export function splitJob(job: Job, maxBatchRows: number): readonly Job[] {
  if (job.batchKey === undefined || job.rows <= maxBatchRows) return [job];
  const partRows = Math.max(maxBatchRows, Math.ceil(job.rows / mostParts));
  const count = Math.ceil(job.rows / partRows);
  if (count === 1) return [job];
  const results: (readonly Tensor[])[] = [];
  let missing = count;
  let isSettled = false;
  let runMilliseconds = 0;
  return Array.from({ length: count }, (_, part): Job => {
    const start = part * partRows;
    const end = Math.min(job.rows, start + partRows);
    return {
      inputs: job.inputs.map((tensor) => sliceRows(tensor, start, end)),
      rows: end - start,
      batchKey: job.batchKey,
      deadline: job.deadline,
      isAbandoned: () => isSettled || job.isAbandoned(),
      settle: (outcome) => {
        if (isSettled) return;
        if (outcome.kind === 'failed') {
          isSettled = true;
          job.settle(outcome);
          return;
        }
        results[part] = outcome.outputs;
        runMilliseconds += outcome.runMilliseconds;
        if (--missing > 0) return;
        isSettled = true;
        job.settle({ kind: 'done', outputs: joinOutputs(results), batchRows: job.rows, runMilliseconds });
      },
    };
  });
}

function joinOutputs(parts: readonly (readonly Tensor[])[]): Tensor[] {
  const first = parts[0] ?? [];
  return first.map((_, index) => concatenateRows(parts.flatMap((outputs) => outputs[index] ?? [])));
}
