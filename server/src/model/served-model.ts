import type { Scheduler } from '../batching/scheduler.ts';
import type { Signature } from '../signature/signature.ts';
import type { WarmUpReport } from '../runtime/warm-up.ts';

/** How a model runs, and the measurements of its warm-up. */
export interface ServingReport {
  readonly placement: 'inline' | 'workers';
  readonly workerThreads: number;
  readonly threadsPerRun: number;
  /** Estimated bytes of all sessions. */
  readonly memoryBytes: number;
  /** The reason for fewer worker threads than processors. */
  readonly memoryReason: string | undefined;
  /** Most rows of several requests in one run; 1 without batching. */
  readonly maxBatchRows: number;
  readonly warmUp: WarmUpReport;
  readonly loadMilliseconds: number;
}

/** A model that is loaded, warmed up and has a queue. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  /** Of all files of the model, as a release names it: `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly signature: Signature;
  readonly report: () => ServingReport;
  /** True while rows are known to be independent of each other: requests may be joined and split. */
  readonly isBatched: boolean;
  readonly scheduler: Scheduler;
  /** Estimated bytes in memory: the model's files, once for each session. */
  readonly memoryBytes: number;
  /** Waits for running work, then frees the model. */
  readonly close: () => Promise<void>;
}
