import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Stands between a process and a service, and lets a call through only when what came before it has had its effect. */
export interface Gate {
  readonly url: string;
  /** No call goes out before this is settled. */
  hold(until: Promise<unknown>): void;
  close(): Promise<void>;
}

// What a process printed before it made a call is in the pipe by then, but may be read after the call has come in.
const READING_MILLISECONDS = 4;

/** Opens a gate to a service on the loopback interface. */
export async function openGate(target: string): Promise<Gate> {
  let held: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    void (async () => {
      await delay(READING_MILLISECONDS);
      for (let seen: unknown; seen !== held;) {
        seen = held;
        await held;
      }
      // Who called may have died meanwhile: a call that it never made.
      if (!response.destroyed) forward(request, response, target);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate has no port');
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
  // A connection that breaks behind the gate breaks before it, too.
  outgoing.once('error', () => response.destroy());
  request.pipe(outgoing);
}
