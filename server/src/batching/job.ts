import type { Tensor } from '../tensor/tensor.ts';

/** One request's share of work. `settle` is called exactly once. */
export interface Job {
  /** One tensor per model input, in order. */
  readonly inputs: readonly Tensor[];
  /** Length of the shared first dimension; 1 where the model has none. */
  readonly rows: number;
  /** Jobs run together only if their keys are equal; undefined: always alone. */
  readonly batchKey: string | undefined;
  /** Clock milliseconds after which nobody waits for the answer. */
  readonly deadline: number;
  /** True once the caller has gone, so that the work can be dropped. */
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

/** Runs the model somewhere. `done` may be called before `run` returns (inline) or later (worker threads). */
export interface Runner {
  /** Runs that may be under way at once. */
  readonly slots: number;
  readonly run: (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;
  /** Stops between runs, never inside one. */
  readonly close: () => Promise<void>;
}

export type RunResult =
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[]; readonly runMilliseconds: number }
  | { readonly kind: 'error'; readonly error: unknown };
