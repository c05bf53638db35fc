import type { Tensor } from '../tensor/tensor.ts';

/** The work of one request. `settle` is called exactly once. */
export interface Job {
  /** One tensor per model input, in order. */
  readonly inputs: readonly Tensor[];
  /** Length of the shared first dimension; 1 if the model has none. */
  readonly rows: number;
  /** Jobs share a run only if their keys are equal; undefined: never. */
  readonly batchKey: string | undefined;
  /** Clock milliseconds after which the job fails instead of running. */
  readonly deadline: number;
  /** True if the client has disconnected: the job can be dropped. */
  readonly isAbandoned: () => boolean;
  readonly settle: (outcome: JobOutcome) => void;
}

export type JobOutcome =
  | {
      readonly kind: 'done';
      readonly outputs: readonly Tensor[];
      readonly batchRows: number;
      readonly runMilliseconds: number;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Runs the model. `done` may be called before `run` returns (inline) or later (worker threads). */
export interface Runner {
  /** Most runs at the same time. */
  readonly slots: number;
  readonly run: (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;
  /** Closes between runs, never inside one. */
  readonly close: () => Promise<void>;
}

export type RunResult =
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[]; readonly runMilliseconds: number }
  | { readonly kind: 'error'; readonly error: unknown };
