import { describeError } from '../domain/errors/user-error.ts';
import {
  isOpen,
  ROLLING_BACK,
  type AttemptRecord,
  type AttemptState,
  type NewAttempt,
} from '../domain/ledger/ledger.ts';
import { isEnd, type SwapState } from '../domain/swap/state.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Reporter } from '../ports/reporter.ts';

/** The entry of one attempt in the ledger. Its statuses go out in order, and never hold up the swap. */
export interface Attempt {
  /** Undefined where it could not be opened and need not be. */
  readonly id: number | undefined;
  /** Says where the swap is. Never throws. */
  follow(state: SwapState, reason: string): void;
  /** Says how it ended; whether that was recorded. Never throws. */
  close(state: AttemptState, cause: string): Promise<boolean>;
  /** What could not be recorded. */
  readonly warnings: readonly string[];
}

/**
 * Opens an attempt, or continues the one that an earlier run left open; older open ones end as superseded. A rollback
 * goes on without the ledger: GitHub must not keep an endpoint from being repaired.
 *
 * @throws UserError when a deployment cannot be recorded: then nothing has been touched yet.
 */
export async function openAttempt(
  attempt: NewAttempt,
  unfinished: AttemptRecord | undefined,
  older: readonly AttemptRecord[],
  { ledger, reporter }: { readonly ledger: Ledger; readonly reporter: Reporter },
): Promise<Attempt> {
  const { endpoint } = attempt.payload;
  const warnings: string[] = [];
  const warn = (warning: string): void => {
    reporter.warning(warning);
    warnings.push(warning);
  };
  const id = unfinished?.id ?? (await open());
  if (unfinished !== undefined) reporter.info(`continuing deployment ${unfinished.id}, which an earlier run left open`);
  let queue: Promise<boolean> = Promise.resolve(true);
  const send = (subject: number, state: AttemptState, description: string): void => {
    queue = queue.then(async () => {
      try {
        await ledger.report(subject, state, description, endpoint);
        return true;
      } catch (error) {
        warn(`the status "${state}" of deployment ${subject} was not recorded: ${describeError(error)}`);
        return false;
      }
    });
  };
  for (const stale of older.filter((candidate) => id !== undefined && candidate.id !== id && isOpen(candidate))) {
    send(stale.id, 'error', `Superseded by deployment ${String(id)}`);
  }
  return {
    id,
    follow: (state, reason) => {
      if (id === undefined || isEnd(state)) return;
      const description =
        state.phase === 'rolling-back' ? `${ROLLING_BACK}: ${state.cause}` : `${state.phase}: ${reason}`;
      send(id, 'in_progress', description);
    },
    close: async (state, cause) => {
      if (id === undefined) return false;
      send(id, state, cause);
      return await queue;
    },
    warnings,
  };

  async function open(): Promise<number | undefined> {
    if (attempt.task === 'deploy') return await ledger.open(attempt);
    try {
      return await ledger.open(attempt);
    } catch (error) {
      warn(`this rollback is not recorded: ${describeError(error)}`);
      return undefined;
    }
  }
}
