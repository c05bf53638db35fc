import type { DescribedModel } from '../domain/model-review/described-model.ts';
import type { ReviewedModel } from '../domain/model-review/review.ts';
import type { ReviewRow, RowAnswer } from '../domain/model-review/row-difference.ts';

/** A model that is served on this machine. */
export interface RunningModel {
  /** @throws UserError when it does not answer. */
  describe(): Promise<DescribedModel>;
  /** The answer to a row; never throws for what the server or its end answers. */
  ask(row: ReviewRow): Promise<RowAnswer>;
  /** Why its process has ended, or undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** Where a model is, and the server of its commit. */
export interface ModelPlace {
  /** Words for messages, such as `the model before`. */
  readonly what: string;
  /** The built server: `main.js`. */
  readonly bundle: string;
  readonly modelFolder: string;
}

/** What is known of a model's files without starting it. */
export type ModelFiles = Omit<ReviewedModel, 'described'>;

/** Starts models on this machine, each in a process with bounds. */
export interface ModelServers {
  /** @throws UserError when the model does not start within its bounds. */
  start(place: ModelPlace): Promise<RunningModel>;
}
