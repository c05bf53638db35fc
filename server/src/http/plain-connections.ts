import type { Socket } from 'node:net';
import { createAdmission } from './admission.ts';
import type { Outlet } from './outlet.ts';
import { createPlainRequestReader, type PlainRequest } from './plain-request.ts';
import { renderHead } from './response-text.ts';

// Node's HTTP stack takes two thirds of the CPU time that a small model's request costs. Most requests of a busy endpoint
// need little of it: a head and a body that arrive together on a connection that stays open. Those are read and answered
// here; with the first one that is anything else, its connection goes over to node:http, unread, and stays there.

export interface PlainConnectionsOptions {
  /** Takes a request on, and answers it now or later; false for one that is not its business. */
  readonly take: (request: PlainRequest, outlet: Outlet) => boolean;
  /** Gives a connection to node:http, which reads what the socket holds. */
  readonly handOver: (socket: Socket) => void;
  readonly keepAliveSeconds: number;
  /** The text of a Date header. */
  readonly date: () => string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The connections that have had nothing but plain requests so far. */
export interface PlainConnections {
  readonly add: (socket: Socket) => void;
  /** Closes those on which no request is under way. */
  readonly closeIdle: () => void;
  readonly closeAll: () => void;
  /** Closes those that have been idle for longer than they are kept alive. */
  readonly closeExpired: () => void;
}

/** New connections whose first request is read in one turn of the event loop; each costs about 0.1 ms while code is cold. */
const admittedPerTurn = 16;

/** Makes an empty set of connections. */
export function createPlainConnections(options: PlainConnectionsOptions): PlainConnections {
  const connections = new Set<PlainConnection>();
  const read = createPlainRequestReader();
  const admit = createAdmission<PlainConnection>(admittedPerTurn, (connection) => connection.listen(), setImmediate);
  return {
    add: (socket) => {
      const connection = new PlainConnection(socket, read, options, () => connections.delete(connection));
      connections.add(connection);
      admit(connection);
    },
    closeIdle: () => {
      for (const connection of connections) connection.closeIfIdleSince(Infinity);
    },
    closeAll: () => {
      for (const connection of connections) connection.destroy();
    },
    closeExpired: () => {
      const limit = options.now() - options.keepAliveSeconds * 1000;
      for (const connection of connections) connection.closeIfIdleSince(limit);
    },
  };
}

/** One connection, and the outlet of the one request that is under way on it. */
class PlainConnection implements Outlet {
  readonly #socket: Socket;
  readonly #read: (bytes: Buffer) => PlainRequest | undefined;
  readonly #options: PlainConnectionsOptions;
  readonly #forget: () => void;
  #isBusy = false;
  /** More has come than the request under way: it waits in the socket for node:http. */
  #holdsMore = false;
  #lastActive: number;

  constructor(
    socket: Socket,
    read: (bytes: Buffer) => PlainRequest | undefined,
    options: PlainConnectionsOptions,
    forget: () => void,
  ) {
    this.#socket = socket;
    this.#read = read;
    this.#options = options;
    this.#forget = forget;
    this.#lastActive = options.now();
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('drain', this.#onDrain);
    socket.on('close', forget);
  }

  /** Begins to take requests. */
  listen(): void {
    this.#socket.on('data', this.#onData);
  }

  isClosed(): boolean {
    return this.#socket.writableEnded || this.#socket.destroyed;
  }

  write(status: number, headers: readonly string[], body: string | Uint8Array): void {
    const socket = this.#socket;
    const closes = headers.includes('connection');
    const head = renderHead(status, headers, this.#options.date(), this.#options.keepAliveSeconds);
    let isFlushed;
    if (typeof body === 'string') {
      // One write, in the encoding that costs a copy only: head and numbers are ASCII.
      isFlushed = socket.write(head + body, Buffer.byteLength(body) === body.length ? 'latin1' : 'utf8');
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      isFlushed = socket.write(body);
      socket.uncork();
    }
    this.#isBusy = false;
    this.#lastActive = this.#options.now();
    if (closes) socket.destroySoon();
    else if (this.#holdsMore) this.#handOver();
    // A client that does not read its answers gets no further requests read.
    else if (!isFlushed) socket.pause();
  }

  closeIfIdleSince(limit: number): void {
    if (!this.#isBusy && this.#lastActive < limit) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    // What follows an answer that ends the connection is nobody's.
    if (this.isClosed()) return;
    if (!this.#isBusy) {
      const request = this.#read(bytes);
      this.#isBusy = request !== undefined;
      if (request !== undefined && this.#options.take(request, this)) return;
      this.#isBusy = false;
      this.#handOver(bytes);
      return;
    }
    // Pipelining: nothing more is read until the answer is out, so that answers keep the order of their requests.
    this.#holdsMore = true;
    this.#socket.pause();
    this.#socket.unshift(bytes);
  };

  // As with node:http, a client that ends its side waits for no answer.
  readonly #onEnd = (): void => {
    this.#socket.end();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onDrain = (): void => {
    if (!this.#holdsMore) this.#socket.resume();
  };

  #handOver(bytes?: Buffer): void {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#forget);
    this.#forget();
    // Paused, so that nothing is read before node:http listens.
    socket.pause();
    if (bytes !== undefined) socket.unshift(bytes);
    this.#options.handOver(socket);
    socket.resume();
  }
}
