import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from './problem.ts';

/** How a body arrived: whole, over the limit, or not at all because the client went away. */
export type BodyOutcome =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too-large'; readonly problem: Problem }
  | { readonly kind: 'aborted' };

const empty = Buffer.alloc(0);

/** Reads a request body of at most `maxBytes`; stops as soon as it is known to be longer. `done` is called once. */
export function readBody(incoming: IncomingMessage, maxBytes: number, done: (outcome: BodyOutcome) => void): void {
  const declared = incoming.headers['content-length'];
  if (declared !== undefined && Number(declared) > maxBytes) {
    done({ kind: 'too-large', problem: tooLarge(maxBytes, `${declared} bytes`) });
    return;
  }
  let only: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let received = 0;
  let settled = false;
  incoming.on('data', (chunk: Buffer) => {
    if (settled) return;
    received += chunk.length;
    if (received > maxBytes) {
      settled = true;
      only = undefined;
      chunks = undefined;
      done({ kind: 'too-large', problem: tooLarge(maxBytes, 'more') });
    } else if (only === undefined) {
      only = chunk;
    } else {
      chunks ??= [only];
      chunks.push(chunk);
    }
  });
  incoming.on('end', () => {
    if (settled) return;
    settled = true;
    done({ kind: 'body', body: chunks === undefined ? (only ?? empty) : Buffer.concat(chunks, received) });
  });
  const abort = (): void => {
    if (settled) return;
    settled = true;
    done({ kind: 'aborted' });
  };
  incoming.on('error', abort);
  incoming.on('close', abort);
}

/** The 413 of a body over the limit. */
export function tooLarge(maxBytes: number, got: string): Problem {
  return new Problem(413, `the body must be at most ${maxBytes} bytes, got ${got}; raise MAX_BODY_MIB to allow more`, {
    headers: { connection: 'close' },
  });
}

/** How long, and for how many bytes more, a refused upload is still taken in so that its sender gets to read the answer. */
const lingerMilliseconds = 1000;
const lingerBytes = 8 * 1024 * 1024;

/**
 * Answers a request whose body is not wanted. Closing at once would reset the connection and lose the answer for a
 * client that is still sending, so what follows is discarded for a short while before the connection ends.
 */
export function answerAndLinger(
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
