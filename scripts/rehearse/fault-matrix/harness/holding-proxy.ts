import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A proxy between a process and a service that can hold calls until an earlier effect has taken place. */
export interface HoldingProxy {
  readonly url: string;
  /** Holds every call until this is settled. */
  hold(until: Promise<unknown>): void;
  close(): Promise<void>;
}

// A line that the process printed before a call may be read after the call has arrived.
const READING_MILLISECONDS = 4;

/** Starts a proxy to a service on the loopback interface. */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  let held: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    void (async () => {
      await delay(READING_MILLISECONDS);
      for (let seen: unknown; seen !== held;) {
        seen = held;
        await held;
      }
      // The caller may have been killed meanwhile: drop its call.
      if (!response.destroyed) forward(request, response, target);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold: (until) => {
      held = Promise.allSettled([held, until]);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse, target: string): void {
  const outgoing = httpRequest(
    new URL(request.url ?? '/', target),
    { method: request.method, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    },
  );
  // Pass a broken connection on to the caller.
  outgoing.once('error', () => response.destroy());
  request.pipe(outgoing);
}
