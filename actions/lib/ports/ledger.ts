import type { AttemptRecord, AttemptState, NewAttempt } from '../domain/ledger/ledger.ts';

/** GitHub Deployments: one record per attempt to change what an environment serves. Methods throw UserError. */
export interface Ledger {
  /** The attempts of an environment, newest first; read lazily. */
  attempts(environment: string): AsyncIterable<AttemptRecord>;
  /** Opens an attempt (status queued) and gives its id. */
  open(attempt: NewAttempt): Promise<number>;
  /** Adds a status; a description is cut to the 140 characters that GitHub keeps. */
  report(id: number, state: AttemptState, description: string, endpointName: string): Promise<void>;
}
