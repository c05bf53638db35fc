import type { ServerResponse } from 'node:http';

/** An answer ready to be written. Headers are name, value, name, value. */
export interface PreparedResponse {
  readonly outgoing: ServerResponse;
  readonly status: number;
  readonly headers: string[];
  readonly body: string | Uint8Array;
}

/** Collects answers and writes them together once per event-loop turn, which spares both sides most wake-ups. */
export interface ResponseCoalescer {
  readonly send: (response: PreparedResponse) => void;
  /** Writes what waits now: for the end of a batch, when no more answers will come this turn. */
  readonly flush: () => void;
}

/** Makes a coalescer. `defer` calls back after the current turn, setImmediate in production. */
export function createResponseCoalescer(defer: (callback: () => void) => void): ResponseCoalescer {
  let waiting: PreparedResponse[] = [];
  let isPlanned = false;
  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    for (const response of ready) writeResponse(response);
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

function writeResponse({ outgoing, status, headers, body }: PreparedResponse): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, headers);
  outgoing.end(body);
}
