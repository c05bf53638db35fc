import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Accepts connections on a port, and passes each to its taker. */
export interface Acceptor {
  /** Listens, and resolves to the port. @throws what the system says if it does not give the port */
  readonly listen: (port: number, host: string) => Promise<number>;
  /** Accepts connections for a while longer, closes the port, and resolves when the last connection is passed. */
  readonly close: (graceMilliseconds: number) => Promise<void>;
}

/** A port stays open for this long after SIGTERM: callers see 503 before connections are refused. */
export const portGraceMilliseconds = 250;
/** The port closes when no connection has come for this long, and after the longest wait at the latest. */
const quietMilliseconds = 5;
const longestWaitMilliseconds = 100;
const shortTurnMilliseconds = 0.2;

/**
 * Makes an acceptor. Sockets are passed paused.
 *
 * The system resets connections that wait at a port that closes. So it closes in a turn of the event loop that found none.
 * Connections that come before that are kept back: a client that got a response would connect again at once.
 */
export function createAcceptor(take: (socket: Socket) => void, now: () => number): Acceptor {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    lastConnection = now();
    if (kept === undefined) take(socket);
    else kept.push(socket);
  });
  let kept: Socket[] | undefined;
  let lastConnection = 0;

  const untilQuiet = async (): Promise<void> => {
    const deadline = now() + longestWaitMilliseconds;
    while (now() < deadline) {
      const turnStarted = now();
      await new Promise(setImmediate);
      const foundNone = lastConnection < turnStarted - quietMilliseconds;
      // In a longer turn this process had no processor: connections may have come after the look.
      if (foundNone && now() < turnStarted + shortTurnMilliseconds) return;
      if (!foundNone) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  return {
    listen: async (port, host) => {
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    close: async (graceMilliseconds) => {
      if (!server.listening) return;
      await new Promise((resolve) => setTimeout(resolve, graceMilliseconds));
      kept = [];
      lastConnection = now();
      await untilQuiet();
      server.close();
      for (const socket of kept.splice(0)) take(socket);
    },
  };
}
