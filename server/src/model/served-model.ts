import type { Scheduler } from '../batching/scheduler.ts';
import type { TensorSpec } from './session.ts';
import type { Signature } from './signature.ts';

/** A model that is loaded, warmed up and has a queue. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly signature: Signature;
  /** True where rows of several requests may run together. */
  readonly isBatched: boolean;
  readonly scheduler: Scheduler;
  /** Waits for running work, then frees the model. */
  readonly close: () => Promise<void>;
}
