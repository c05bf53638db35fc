import type { ReviewLimits } from '../domain/model-review/limits.ts';
import type { ReviewRow } from '../domain/model-review/row-difference.ts';
import type { DeclaredSignature } from '../domain/model-review/rows.ts';
import type { ModelFiles, ModelPlace } from './model-servers.ts';

/** What a checkout brings for the review of a service: rows that are somebody's, declared values, and limits. */
export interface ReviewQuestions {
  readonly rows: readonly ReviewRow[];
  readonly signature: DeclaredSignature;
  readonly limits: ReviewLimits;
}

/** A service in a checkout, with the server of the same checkout. */
export interface ReviewSource {
  /** Whether the commit could be checked out. */
  isCheckedOut(): Promise<boolean>;
  hasModel(): Promise<boolean>;
  /** Whether the server is built. */
  isBuilt(): Promise<boolean>;
  /**
   * @param what words for messages, such as `the candidate`
   * @throws UserError when there is no built server, or the model folder can't be read.
   */
  readModel(what: string): Promise<ModelPlace & ModelFiles>;
  /**
   * The golden cases, the smoke cases of the service's environments, the example of the signature, and the rows of
   * `review.jsonl` and `review.csv`.
   *
   * @throws UserError when one of these files is not valid.
   */
  readQuestions(): Promise<ReviewQuestions>;
}
