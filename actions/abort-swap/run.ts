import type { Environment } from '../lib/domain/environment/environment.ts';
import { abortUpdate, type AbortPorts, type AbortResult } from '../lib/operations/abort-update.ts';

/**
 * Aborts the update in flight of an environment's endpoint, if there is one.
 *
 * @throws UserError when it cannot be aborted, or does not end.
 */
export async function runAbortSwap(environment: Environment, ports: AbortPorts): Promise<AbortResult> {
  return await abortUpdate(environment, ports);
}
