import type { HttpServer } from './http-server.ts';

/** A new connection has this long to send its request; idle connections stay open as long, as a request may be on its way. */
const idleGraceMilliseconds = 250;
const pollMilliseconds = 10;

/**
 * Waits until the port is closed and every request in flight has its response, and resolves when every connection is
 * closed, by force after `timeoutMilliseconds`. Requests that arrive meanwhile get a response.
 */
export async function drainConnections(
  { server, inFlight, openConnections }: HttpServer,
  closePort: () => Promise<void>,
  timeoutMilliseconds: number,
  now: () => number,
): Promise<'drained' | 'timed-out'> {
  const deadline = now() + timeoutMilliseconds;
  const until = async (isOver: () => boolean): Promise<void> => {
    while (!isOver() && now() < deadline) await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  };
  await closePort();
  const closedAt = now();
  await until(() => inFlight() === 0 && now() >= closedAt + idleGraceMilliseconds);
  const outcome = inFlight() === 0 ? 'drained' : 'timed-out';
  await until(() => {
    server.closeIdleConnections();
    return openConnections() === 0;
  });
  server.closeAllConnections();
  return outcome;
}
