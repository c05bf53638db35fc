import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An AWS with a fault in one call. */
export interface FaultyAws {
  readonly url: string;
  /** The calls since the last {@link arm}. */
  count(): number;
  /** Injects a fault into call `call`: an answer of 403, or `kill` after the call took effect. 0 is no fault. */
  arm(call: number, kind: 'fail' | 'kill', kill: () => void): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Starts it in front of another endpoint. */
export async function startFaultyAws(target: string): Promise<FaultyAws> {
  let count = 0;
  let armed = { call: 0, kind: 'fail' as 'fail' | 'kill', kill: (): void => undefined };
  const server = createServer((incoming, outgoing) => {
    count += 1;
    const isFaulty = count === armed.call;
    void (async () => {
      const body = await buffer(incoming);
      if (isFaulty && armed.kind === 'fail') {
        // Not a fault that a client tries again.
        outgoing.writeHead(403, { 'content-type': 'text/xml' });
        outgoing.end(
          '<ErrorResponse><Error><Code>AccessDenied</Code><Message>Injected</Message></Error></ErrorResponse>',
        );
        return;
      }
      const { method = 'GET', url = '/', headers } = incoming;
      const answer = await send(target, method, url, headers, body);
      if (isFaulty) armed.kill();
      else outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    })().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the faulty AWS has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    count: () => count,
    arm: (call, kind, kill) => {
      count = 0;
      armed = { call, kind, kill };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a request as it is. */
export async function send(
  target: string,
  method: string,
  url: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): Promise<Answer> {
  return await new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      new URL(url, target),
      { method, headers: { ...withoutFraming(headers), 'content-length': body.length } },
      (incoming) => {
        buffer(incoming).then(
          (text) =>
            resolve({ status: incoming.statusCode ?? 502, headers: withoutFraming(incoming.headers), body: text }),
          reject,
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Headers without those that tell where a message ends. */
function withoutFraming<Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> {
  const isFraming = /^(?:connection|content-length|transfer-encoding|expect)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isFraming.test(name)));
}
