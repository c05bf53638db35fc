import type { Job, JobOutcome } from './job.ts';
import { copyRows, emptyRows, sliceRows, type Tensor } from '../tensor/tensor.ts';

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
  let whole: readonly Tensor[] | undefined;
  let missing = count;
  let isSettled = false;
  let runMilliseconds = 0;
  const end = (outcome: JobOutcome): void => {
    isSettled = true;
    job.settle(outcome);
  };
  return Array.from({ length: count }, (_, part): Job => {
    const first = part * partRows;
    const rows = Math.min(partRows, job.rows - first);
    return {
      inputs: job.inputs.map((tensor) => sliceRows(tensor, first, first + rows)),
      rows,
      batchKey: job.batchKey,
      deadline: job.deadline,
      isAbandoned: () => isSettled || job.isAbandoned(),
      settle: (outcome) => {
        if (isSettled) return;
        if (outcome.kind === 'failed') {
          end(outcome);
          return;
        }
        try {
          // All memory with the first part: no other needs to be kept.
          whole ??= outcome.outputs.map((output) => emptyRows(output, job.rows));
          const fits = whole.every((tensor, index) => copyRows(tensor, outcome.outputs[index], first, rows));
          if (!fits) throw new Error(`the model does not answer ${rows} rows with as many: set BATCHING=off`);
        } catch (error) {
          end({ kind: 'failed', error });
          return;
        }
        runMilliseconds += outcome.runMilliseconds;
        missing--;
        if (missing === 0) end({ kind: 'done', outputs: whole, batchRows: job.rows, runMilliseconds });
      },
    };
  });
}
