import type { Job } from './job.ts';

/** The waiting jobs, in order of arrival. */
export interface JobQueue {
  readonly length: () => number;
  /** Rows of all waiting jobs. */
  readonly rows: () => number;
  readonly add: (job: Job) => void;
  /** Removes and returns the next jobs to run together. Drops late and abandoned jobs. */
  readonly takeBatch: (now: number) => readonly Job[];
  /** Drops late and abandoned jobs. */
  readonly dropLate: (now: number) => void;
}

/** Removed jobs stay in the list up to this number: slicing for each batch would cost more. */
const cutAfter = 1024;

/** Makes an empty queue. `maxBatchRows` is asked for each batch; `onDropped` is called for each dropped job. */
export function createJobQueue(maxBatchRows: () => number, onDropped: (job: Job) => void): JobQueue {
  let jobs: Job[] = [];
  /** Index of the first waiting job. */
  let head = 0;
  const isLate = (job: Job, now: number): boolean => job.deadline <= now || job.isAbandoned();
  return {
    length: () => jobs.length - head,
    rows: () => {
      let rows = 0;
      for (let index = head; index < jobs.length; index++) rows += jobs[index]?.rows ?? 0;
      return rows;
    },
    add: (job) => {
      jobs.push(job);
    },
    takeBatch: (now) => {
      const batch: Job[] = [];
      let rows = 0;
      const mostRows = maxBatchRows();
      for (; head < jobs.length; head++) {
        const job = jobs[head];
        if (job === undefined) break;
        if (isLate(job, now)) {
          onDropped(job);
          continue;
        }
        const first = batch[0];
        const joins = first === undefined || (first.batchKey !== undefined && first.batchKey === job.batchKey);
        if (!joins || (first !== undefined && rows + job.rows > mostRows)) break;
        batch.push(job);
        rows += job.rows;
      }
      if (head === jobs.length || head > cutAfter) {
        jobs = jobs.slice(head);
        head = 0;
      }
      return batch;
    },
    dropLate: (now) => {
      const waiting = jobs.slice(head);
      head = 0;
      jobs = waiting.filter((job) => !isLate(job, now));
      for (const job of waiting) if (isLate(job, now)) onDropped(job);
    },
  };
}
