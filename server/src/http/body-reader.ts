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
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let received = 0;
  let settled = false;
  incoming.on('data', (chunk: Buffer) => {
    if (settled) return;
    received += chunk.length;
    if (received > maxBytes) {
      settled = true;
      first = undefined;
      chunks = undefined;
      done({ kind: 'too-large', problem: tooLarge(maxBytes, 'more') });
    } else if (first === undefined) {
      first = chunk;
    } else {
      chunks ??= [first];
      chunks.push(chunk);
    }
  });
  incoming.on('end', () => {
    if (settled) return;
    settled = true;
    done({ kind: 'body', body: chunks === undefined ? (first ?? empty) : Buffer.concat(chunks, received) });
  });
  // Node emits no 'error' for an aborted request without a listener for it; 'close' follows in either case.
  incoming.on('close', () => {
    if (settled) return;
    settled = true;
    done({ kind: 'aborted' });
  });
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
