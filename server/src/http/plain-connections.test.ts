import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outlet } from './outlet.ts';
import { createPlainConnections, type PlainConnections } from './plain-connections.ts';
import type { PlainRequest } from './plain-request.ts';

const request = (body: string, more = ''): string =>
  `POST /p HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

interface Stage {
  readonly connections: PlainConnections;
  readonly taken: { readonly request: PlainRequest; readonly outlet: Outlet }[];
  /** What was given to node:http, as it reads it. */
  readonly handedOver: { text: string };
  readonly client: Socket;
  /** All that the client has read. */
  readonly received: () => string;
  readonly clock: { time: number };
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** One client connected to plain connections over a real socket. `take` may answer at once. */
async function setStage(take: (outlet: Outlet, taken: number) => boolean = () => true): Promise<Stage> {
  const taken: Stage['taken'] = [];
  const handedOver = { text: '' };
  const clock = { time: 0 };
  let received = '';
  const connections = createPlainConnections({
    take: (plain, outlet) => {
      taken.push({ request: plain, outlet });
      return take(outlet, taken.length);
    },
    handOver: (socket) => socket.on('data', (bytes: Buffer) => (handedOver.text += bytes.toString())),
    keepAliveSeconds: 75,
    date: () => 'today',
    now: () => clock.time,
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, connections.add);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  client.on('data', (bytes) => (received += bytes.toString()));
  client.on('error', () => undefined);
  closers.push(() => {
    client.destroy();
    connections.closeAll();
    server.close();
  });
  await once(client, 'connect');
  return { connections, taken, handedOver, client, received: () => received, clock };
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { interval: 1, timeout: 10_000 });
}

describe('a connection with plain requests', () => {
  it('answers one after the other', async () => {
    const { client, received, taken } = await setStage((outlet, count) => {
      outlet.write(200, ['content-length', '2'], `#${count}`);
      return true;
    });
    for (const count of [1, 2, 3]) {
      client.write(request('a'));
      await until(() => received().endsWith(`#${count}`));
    }
    expect(taken.map((each) => each.request.body.toString())).toEqual(['a', 'a', 'a']);
    expect(received()).toBe(
      [1, 2, 3]
        .map(
          (count) =>
            `HTTP/1.1 200 OK\r\ncontent-length: 2\r\nDate: today\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n#${count}`,
        )
        .join(''),
    );
  });

  it('carries text beyond ASCII, and bytes', async () => {
    const bodies = ['grün ✓', Uint8Array.of(103, 114, 195, 188, 110)];
    const { client, received } = await setStage((outlet, count) => {
      outlet.write(200, count === 2 ? ['connection', 'close'] : [], bodies[count - 1] ?? '');
      return true;
    });
    const ended = once(client, 'end');
    client.write(request('a'));
    await until(() => received().endsWith('grün ✓'));
    client.write(request('a'));
    await ended;
    expect(received()).toMatch(/grün$/);
  });

  it('reads nothing more after an answer that ends it', async () => {
    const { client, taken, handedOver } = await setStage((outlet) => {
      outlet.write(200, ['connection', 'close'], 'bye');
      return true;
    });
    const closed = once(client, 'close');
    client.write(request('a'));
    await once(client, 'data');
    client.write(request('b'));
    await closed;
    expect([taken.length, handedOver.text]).toEqual([1, '']);
  });

  it('goes over to node:http with the first request that is none of its own, unread', async () => {
    const { client, handedOver, taken } = await setStage((outlet) => {
      outlet.write(200, [], 'x');
      return taken.length < 2;
    });
    client.write(request('first'));
    await until(() => taken.length === 1);
    client.write(request('second'));
    await until(() => handedOver.text.endsWith('second'));
    client.write('more');
    await until(() => handedOver.text.endsWith('more'));
    expect(handedOver.text).toBe(`${request('second')}more`);
  });

  it('goes over to node:http with half a request', async () => {
    const { client, handedOver, taken } = await setStage();
    const text = request('whole', 'A: b\r\n');
    client.write(text.slice(0, 30));
    await until(() => handedOver.text.length === 30);
    client.write(text.slice(30));
    await until(() => handedOver.text === text);
    expect(taken).toEqual([]);
  });

  it('answers a request before what was pipelined behind it goes over', async () => {
    const { client, handedOver, taken, received } = await setStage();
    client.write(request('first'));
    await until(() => taken.length === 1);
    client.write(request('second'));
    client.end(request('third'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([taken.length, handedOver.text]).toEqual([1, '']);
    taken[0]?.outlet.write(200, [], 'done');
    await until(() => handedOver.text !== '' && received().endsWith('done'));
    await until(() => handedOver.text === request('second') + request('third'));
  });

  it('tells that a client which went away waits no longer', async () => {
    const { client, taken } = await setStage();
    client.write(request('a'));
    await until(() => taken.length === 1);
    expect(taken[0]?.outlet.isClosed()).toBe(false);
    client.end();
    await until(() => taken[0]?.outlet.isClosed() === true);
  });

  it('reads no further requests from a client that does not read its answers', async () => {
    const body = 'x'.repeat(512 * 1024);
    const { client, taken, received } = await setStage((outlet) => {
      outlet.write(200, [], body);
      return true;
    });
    client.pause();
    const total = 40;
    for (let sent = 0; sent < total; sent++) {
      client.write(request('a'));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(taken.length).toBeLessThan(total / 2);
    client.resume();
    await until(() => received().length > taken.length * body.length);
  });
});

describe('connections that nobody uses', () => {
  it('are closed once their time is over, and none on which a request is under way', async () => {
    const { client, connections, taken, received, clock } = await setStage();
    client.write(request('a'));
    await until(() => taken.length === 1);
    clock.time = 100_000;
    connections.closeExpired();
    taken[0]?.outlet.write(200, [], 'late');
    clock.time += 75_000;
    connections.closeExpired();
    expect(client.destroyed).toBe(false);
    clock.time += 1;
    const closed = once(client, 'close');
    connections.closeExpired();
    await closed;
    expect(received()).toMatch(/late$/);
  });

  it('are closed at the end', async () => {
    const { client, connections, taken } = await setStage();
    client.write(request('a'));
    await until(() => taken.length === 1);
    connections.closeIdle();
    const closed = once(client, 'close');
    taken[0]?.outlet.write(200, [], '');
    connections.closeIdle();
    await closed;
  });
});
