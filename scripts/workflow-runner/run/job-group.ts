import type { ConcurrencyGroups } from './concurrency.ts';
import { evaluateTemplate, interpolate, toText, type Contexts, type Status } from '../syntax/expressions.ts';
import type { Concurrency } from '../syntax/workflow-model.ts';

/** What the status functions answer where nothing can have failed yet. */
export const NEVER_FAILED: Status = { success: true, failure: false, cancelled: false };

/** Waits for a place in a concurrency group; answers what leaves it, or undefined where a newer one took the place. */
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
