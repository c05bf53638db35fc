import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../errors/problem.ts';

/** How a body ended: complete, over the limit, or aborted by the client. */
export type BodyOutcome =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too-large'; readonly problem: Problem }
  | { readonly kind: 'aborted' };

const empty = Buffer.alloc(0);

/** Reads a request body of at most `maxBytes`, and stops once it exceeds them. `done` is called once. */
export function readBody(incoming: IncomingMessage, maxBytes: number, done: (outcome: BodyOutcome) => void): void {
  const declared = incoming.headers['content-length'];
  if (declared !== undefined && Number(declared) > maxBytes) {
    done({ kind: 'too-large', problem: tooLarge(maxBytes, `${declared} bytes`) });
    return;
  }
  const declaredBytes = Number(declared ?? '0');
  let body: Buffer | undefined;
  let received = 0;
  let settled = false;
  incoming.on('data', (chunk: Buffer) => {
    if (settled) return;
    const start = received;
    received += chunk.length;
    if (received > maxBytes) {
      settled = true;
      body = undefined;
      done({ kind: 'too-large', problem: tooLarge(maxBytes, 'more') });
    } else if (body === undefined) {
      body = chunk;
    } else {
      if (received > body.length) body = enlarged(body, start, received, declaredBytes, maxBytes);
      chunk.copy(body, start);
    }
  });
  incoming.on('end', () => {
    if (settled) return;
    settled = true;
    const whole = body === undefined ? empty : body.length === received ? body : body.subarray(0, received);
    body = undefined;
    done({ kind: 'body', body: whole });
  });
  // Node emits no 'error' for an aborted request without a listener for it; 'close' follows in either case.
  incoming.on('close', () => {
    if (settled) return;
    settled = true;
    done({ kind: 'aborted' });
  });
}

/**
 * A larger buffer with the first `used` bytes of another one. A client that only announces a large body must not take the
 * memory for it: the buffer grows with what has arrived.
 */
function enlarged(body: Buffer, used: number, needed: number, declaredBytes: number, maxBytes: number): Buffer {
  const most = declaredBytes >= needed ? declaredBytes : maxBytes;
  const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(needed, used * 4)));
  body.copy(larger, 0, 0, used);
  return larger;
}

/** The 413 of a body over the limit. */
function tooLarge(maxBytes: number, got: string): Problem {
  return new Problem(413, `the body must be at most ${maxBytes} bytes, got ${got}; raise MAX_BODY_MIB to allow more`, {
    headers: { connection: 'close' },
  });
}

/** Limits of the upload that is discarded after a refusal, so that the client reads the response. */
const lingerMilliseconds = 1000;
const lingerBytes = 8 * 1024 * 1024;

/**
 * Responds to a request without reading its body. Closing at once would reset the connection, and a client that is still
 * sending would lose the response: the rest of the upload is discarded for a short time before the connection closes.
 */
export function respondAndLinger(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  outgoing.writeHead(status, { ...headers, connection: 'close', 'content-length': Buffer.byteLength(body) });
  outgoing.write(body);
  let discarded = 0;
  const close = (): void => {
    clearTimeout(timer);
    outgoing.end();
    incoming.socket.destroySoon();
  };
  const timer = setTimeout(close, lingerMilliseconds);
  incoming.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > lingerBytes) close();
  });
  incoming.once('end', close);
  incoming.once('error', close);
  incoming.once('close', close);
  incoming.resume();
}
