import { Agent } from 'node:http';
import { connect } from 'node:net';
import { encodeModel } from '../../sample-model/onnx-writer.ts';
import { send } from '../../src/testing/http-client.ts';
import { weightBoundNetwork } from '../../src/testing/networks.ts';
import type { ServerProcess } from '../../src/testing/server-process.ts';
import { identityGraph, lastingGraph, linearGraph } from '../../src/testing/small-models.ts';

/** Something that might delay /ping. */
export interface PingLoad {
  readonly name: string;
  readonly model: () => Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  /** Keeps the load up until `isOver`. @throws Error for an answer that a client should not get */
  readonly run: (server: ServerProcess, isOver: () => boolean) => Promise<void>;
}

const json = { 'content-type': 'application/json' };

/** Clients that send the bodies in turn, each the next one after its answer. */
async function clients(
  { url }: ServerProcess,
  count: number,
  isOver: () => boolean,
  next: () => { readonly body: string | Buffer; readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const { status, body } = await send(url, { path: '/invocations', ...next(), agent });
      // A full queue and a request that waited too long are answers.
      if (![200, 429, 503].includes(status)) throw new Error(`status ${status}: ${body.toString().slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: count }, client));
  agent.destroy();
}

const largeBytes = 25 * 1024 * 1024;
const slowConnections = 1000;

/** A request that never ends: one byte more a second. */
function slowConnection(port: number, sockets: Set<() => void>): void {
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(
      'POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
    );
  });
  const timer = setInterval(() => socket.write('1'), 1000);
  socket.on('error', () => undefined);
  socket.on('close', () => clearInterval(timer));
  sockets.add(() => socket.destroy());
}

export const pingLoads: readonly PingLoad[] = [
  {
    name: 'a model whose time depends on the content',
    model: () => encodeModel(lastingGraph()),
    environment: {},
    run: async (server, isOver) => {
      let count = 0;
      await clients(server, 4, isOver, () => {
        const elements = count++ % 50 === 49 ? 20_000_000 : 10;
        return { body: `{"inputs":{"x":[${elements}]}}`, headers: json };
      });
    },
  },
  {
    name: 'CSV of 25 MiB',
    model: () => encodeModel(linearGraph()),
    environment: { MAX_BODY_MIB: '32' },
    run: async (server, isOver) => {
      const line = '1.25,-3.5,1000\n';
      const body = Buffer.alloc(Math.floor(largeBytes / line.length) * line.length, line);
      await clients(server, 2, isOver, () => ({ body, headers: { 'content-type': 'text/csv' } }));
    },
  },
  {
    name: 'JSON of 25 MiB of short texts',
    model: () => encodeModel(identityGraph('string', ['batch'])),
    environment: { MAX_BODY_MIB: '32' },
    run: async (server, isOver) => {
      const texts = Array<string>(Math.floor(largeBytes / 4)).fill('"a"');
      const body = Buffer.from(`{"inputs":{"x":[${texts.join()}]}}`);
      await clients(server, 2, isOver, () => ({ body, headers: json }));
    },
  },
  {
    name: '1,000 slow connections',
    model: () => encodeModel(linearGraph()),
    environment: {},
    run: async (server, isOver) => {
      const sockets = new Set<() => void>();
      for (let count = 0; count < slowConnections; count++) slowConnection(server.port, sockets);
      while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const destroy of sockets) destroy();
    },
  },
  {
    name: '400 busy connections',
    model: () => weightBoundNetwork().model,
    environment: {},
    run: async (server, isOver) => {
      const body = JSON.stringify({ features: Array.from({ length: 64 }, (_, index) => index / 64) });
      await clients(server, 400, isOver, () => ({ body, headers: json }));
    },
  },
];
