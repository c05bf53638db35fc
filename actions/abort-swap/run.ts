import { endpointConfigName, endpointName } from '../lib/domain/environment/names.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { describeError } from '../lib/domain/errors/user-error.ts';
import { NO_HISTORY, type History } from '../lib/domain/ledger/history.ts';
import { releaseToLeave } from '../lib/domain/ledger/rollback-target.ts';
import type { ReleaseId } from '../lib/domain/release/release.ts';
import { abortUpdate, type AbortPorts, type AbortResult } from '../lib/operations/abort-update.ts';
import type { Ledger } from '../lib/ports/ledger.ts';

export interface AbortSwapPorts extends AbortPorts {
  readonly ledger: Pick<Ledger, 'read'>;
}

/**
 * The release that a rollback leaves, or null where what serves is none of this environment's. Without the ledger the
 * endpoint alone says it: that must not keep a rollback to a named release.
 */
export async function findReleaseToLeave(environment: Environment, ports: AbortSwapPorts): Promise<ReleaseId | null> {
  const endpoint = await ports.endpoints.describe(endpointName(environment));
  if (endpoint === undefined) return null;
  let history: History = NO_HISTORY;
  try {
    history = await ports.ledger.read();
  } catch (error) {
    ports.reporter.warning(`the ledger could not be read: ${describeError(error)}`);
  }
  return releaseToLeave(environment, endpoint, history, ports.clock.now());
}

/**
 * Aborts the update in flight of an environment's endpoint, if there is one that a rollback does not want itself.
 *
 * @throws UserError when it cannot be aborted, or does not end.
 */
export async function runAbortSwap(
  environment: Environment,
  wanted: ReleaseId | undefined,
  ports: AbortPorts,
): Promise<AbortResult> {
  const endpoint = await ports.endpoints.describe(endpointName(environment));
  const pending = endpoint?.pending?.configName ?? null;
  if (wanted !== undefined && endpoint !== undefined && pending === endpointConfigName(environment, wanted)) {
    ports.reporter.info(`the update in flight is to release ${wanted}, which the rollback goes to: it goes on`);
    return { outcome: 'nothing-in-flight', inFlight: null, serving: endpoint.configName };
  }
  return await abortUpdate(environment, ports);
}
