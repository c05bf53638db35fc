import { once } from 'node:events';
import { Server as NetServer } from 'node:net';
import type { HttpServer } from './http/server.ts';

/** How long connections that look idle are kept after SIGTERM: a request may be on its way on one of them. */
const stragglerMilliseconds = 250;
const pollMilliseconds = 10;

/**
 * Stops listening, waits until every request under way is answered, and resolves when every connection is closed, by
 * force once `timeoutMilliseconds` are over. What still arrives on open connections is answered, not cut off.
 */
export async function drainConnections(
  { server, inFlight, closeIdleConnections, closeAllConnections }: HttpServer,
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
      const isQuiet = inFlight() === 0 && now() >= started + stragglerMilliseconds;
      if (!isQuiet && now() < deadline) return;
      clearInterval(timer);
      resolve();
    }, pollMilliseconds);
  });
  const outcome = inFlight() === 0 ? 'drained' : 'timed-out';
  closeIdleConnections();
  const idle = setInterval(() => closeIdleConnections(), pollMilliseconds);
  const forced = setTimeout(() => closeAllConnections(), Math.max(pollMilliseconds, deadline - now()));
  await closed;
  clearInterval(idle);
  clearTimeout(forced);
  return outcome;
}
