import { once } from 'node:events';
import { Server as NetServer } from 'node:net';
import type { HttpServer } from './http-server.ts';

/** Idle connections stay open for this long after SIGTERM: a request may be on its way on one of them. */
const idleGraceMilliseconds = 250;
const pollMilliseconds = 10;

/**
 * Stops listening, waits until every request in flight has its response, and resolves when every connection is closed, by
 * force after `timeoutMilliseconds`. Requests that still arrive on open connections get a response.
 */
export async function drainConnections(
  { server, inFlight }: HttpServer,
  timeoutMilliseconds: number,
  now: () => number,
): Promise<'drained' | 'timed-out'> {
  const closed = once(server, 'close');
  // http.Server.close() would also cut idle connections, on which a request may be arriving this moment.
  NetServer.prototype.close.call(server);
  const started = now();
  const deadline = started + timeoutMilliseconds;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const isQuiet = inFlight() === 0 && now() >= started + idleGraceMilliseconds;
      if (!isQuiet && now() < deadline) return;
      clearInterval(timer);
      resolve();
    }, pollMilliseconds);
  });
  const outcome = inFlight() === 0 ? 'drained' : 'timed-out';
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), pollMilliseconds);
  const forced = setTimeout(() => server.closeAllConnections(), Math.max(pollMilliseconds, deadline - now()));
  await closed;
  clearInterval(idle);
  clearTimeout(forced);
  return outcome;
}
