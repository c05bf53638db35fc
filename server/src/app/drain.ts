import type { HttpServer } from './http-server.ts';

/** Connections stay open for this long after the port closes: a request may be on its way. */
const idleGraceMilliseconds = 250;
const pollMilliseconds = 10;

/**
 * Waits until the port is closed and every request in flight has its response, and resolves when every connection is
 * closed, by force after `timeoutMilliseconds`. Requests that arrive meanwhile get a response.
 */
export async function drainConnections(
  { inFlight, connections }: HttpServer,
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
  // Responses are written once a turn.
  await new Promise(setImmediate);
  await until(() => {
    // What is left is idle, or has a response on its way.
    for (const socket of connections) if (socket.writableLength === 0) socket.destroy();
    return connections.size === 0;
  });
  for (const socket of connections) socket.destroy();
  return outcome;
}
