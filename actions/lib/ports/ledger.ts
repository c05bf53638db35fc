import type { FactContent } from '../domain/ledger/fact.ts';
import type { History } from '../domain/ledger/history.ts';

/** The facts of one environment, in the account that they are about. Methods throw UserError. */
export interface Ledger {
  /** Everything that was ever recorded. */
  read(): Promise<History>;
  /** Adds a fact and gives its sequence number; nothing is ever overwritten. */
  append(content: FactContent): Promise<number>;
}
