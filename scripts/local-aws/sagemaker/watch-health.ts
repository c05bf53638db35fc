import type { Clock } from '../core/clock.ts';
import type { RunningInstance } from '../instances/launcher.ts';

/** A container has 2 s to answer GET /ping (developer guide, "How your container should respond to health check"). */
export const PING_TIMEOUT_MILLISECONDS = 2_000;
/** SageMaker pings a serving container every few seconds; it publishes neither the interval nor the count. */
const HEALTH_INTERVAL_MILLISECONDS = 5_000;
const FAILURES_IN_A_ROW = 3;

/**
 * Pings a server while it runs. Resolves with true when enough consecutive pings have failed, so that it must be replaced,
 * and with false when it exits first or the signal aborts.
 */
export async function hangs(server: RunningInstance, clock: Clock, lifetime: AbortSignal): Promise<boolean> {
  const ended = new AbortController();
  void server.ended.then(() => {
    ended.abort();
  });
  const signal = AbortSignal.any([ended.signal, lifetime]);
  let failures = 0;
  while (failures < FAILURES_IN_A_ROW) {
    try {
      await clock.waitReal(HEALTH_INTERVAL_MILLISECONDS, signal);
    } catch {
      return false;
    }
    const isHealthy = await server.ping(PING_TIMEOUT_MILLISECONDS);
    if (signal.aborted) return false;
    failures = isHealthy ? 0 : failures + 1;
  }
  return true;
}
