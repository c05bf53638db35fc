import type { Outlet } from './outlet.ts';

/** An answer ready to be written. Headers are name, value, name, value. */
interface PreparedResponse {
  readonly outlet: Outlet;
  readonly status: number;
  readonly headers: readonly string[];
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
    for (const { outlet, status, headers, body } of ready) if (!outlet.isClosed()) outlet.write(status, headers, body);
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
