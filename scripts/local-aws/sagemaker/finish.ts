import type { SageMakerDependencies } from './dependencies.ts';
import type { Endpoint } from './state.ts';

/** Ends a creation, an update or a rollback: sets the endpoint's final status. */
export function finish(
  { clock, log }: SageMakerDependencies,
  endpoint: Endpoint,
  status: Endpoint['status'],
  failureReason: string | undefined,
): void {
  endpoint.status = status;
  endpoint.failureReason = failureReason;
  // After a failed rollback green's instances stay: both fleets serve.
  if (status !== 'UpdateRollbackFailed') endpoint.pending = undefined;
  endpoint.modifiedAt = clock.now();
  log(`endpoint ${endpoint.name}: ${status} on ${endpoint.configName}${failureReason ? ` (${failureReason})` : ''}`);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
