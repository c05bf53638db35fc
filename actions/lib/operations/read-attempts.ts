import type { AttemptRecord } from '../domain/ledger/ledger.ts';
import type { Ledger } from '../ports/ledger.ts';

/** Each attempt costs one request for its statuses, of the 1,000 that a job's token has an hour. */
const MOST_ATTEMPTS = 50;

/**
 * The newest attempts of an environment.
 *
 * @throws UserError when the ledger cannot be read.
 */
export async function readAttempts(environment: string, ledger: Ledger): Promise<readonly AttemptRecord[]> {
  const attempts: AttemptRecord[] = [];
  for await (const attempt of ledger.attempts(environment)) {
    attempts.push(attempt);
    if (attempts.length === MOST_ATTEMPTS) break;
  }
  return attempts;
}
