import type { ServerResponse } from 'node:http';

/** A response ready to be written. Headers are name, value, name, value, with content-length among them. */
interface PreparedResponse {
  readonly outgoing: ServerResponse;
  readonly status: number;
  readonly headers: string[];
  /** A large body comes in pieces. */
  readonly body: string | Uint8Array | readonly Uint8Array[];
  /** The encoding of a text: latin1 is faster than utf8, and the same for ASCII. */
  readonly encoding: 'latin1' | 'utf8';
}

/** Collects responses and writes them together once per event-loop turn: fewer wake-ups for the server and its clients. */
export interface ResponseCoalescer {
  readonly send: (response: PreparedResponse) => void;
  /** Writes the collected responses now, for the end of a batch: no more responses follow in this turn. */
  readonly flush: () => void;
}

/** Makes a coalescer. `defer` calls back after the current turn, setImmediate in production. */
export function createResponseCoalescer(defer: (callback: () => void) => void): ResponseCoalescer {
  let waiting: PreparedResponse[] = [];
  let isPlanned = false;
  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    for (const { outgoing, status, headers, body, encoding } of ready) {
      if (outgoing.destroyed) continue;
      outgoing.writeHead(status, headers);
      if (typeof body === 'string' || body instanceof Uint8Array) {
        outgoing.end(body, encoding);
      } else {
        for (const piece of body) outgoing.write(piece);
        outgoing.end();
      }
    }
  };
  return {
    send: (response) => {
      waiting.push(response);
      if (isPlanned) return;
      isPlanned = true;
      defer(() => {
        isPlanned = false;
        flush();
      });
    },
    flush,
  };
}
