import { createChanges, type AccountChanges } from './account-changes.ts';
import { createReader, type AccountReader } from './account-facts.ts';
import { openClients, type Place } from './aws-calls.ts';
import type { LockFact } from './facts.ts';
import { lockState, removeDeadLock } from './state-lock.ts';

/** A service in an AWS account, by the API. */
export interface Account extends AccountReader, AccountChanges {
  /** Locks the state. @returns a function that releases the lock */
  lock(held: LockFact | null): Promise<() => Promise<void>>;
  /** Removes the lock of a bootstrap on this machine that has ended without releasing it. */
  removeDeadLock(held: LockFact | null): Promise<void>;
}

export function openAccount(place: Place): Account {
  const clients = openClients(place);
  return {
    ...createReader(clients),
    ...createChanges(clients),
    lock: async (held) => await lockState(clients, held),
    removeDeadLock: async (held) => await removeDeadLock(clients, held),
  };
}
