import type { ConcurrencyGroups } from './concurrency.ts';
import { evaluateTemplate, interpolate, toText, type Contexts, type Status } from '../syntax/expressions.ts';
import type { Concurrency } from '../syntax/workflow-model.ts';

/** The values of the status functions before any job or step. */
export const NEVER_FAILED: Status = { success: true, failure: false, cancelled: false };

/** Enters a concurrency group; returns a function that leaves it, or undefined when a newer one replaced it. */
export async function enterGroup(
  groups: ConcurrencyGroups,
  concurrency: Concurrency | undefined,
  contexts: Contexts,
  cancel: () => void,
): Promise<(() => void) | undefined> {
  if (concurrency === undefined) return () => undefined;
  const cancelInProgress = evaluateTemplate(String(concurrency['cancel-in-progress']), contexts, NEVER_FAILED);
  return await groups.enter({
    group: interpolate(concurrency.group, contexts, NEVER_FAILED),
    cancelInProgress: toText(cancelInProgress) === 'true',
    queue: concurrency.queue,
    cancel,
  });
}
