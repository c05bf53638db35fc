import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDistributor, type Distributor } from './distributor.ts';

const server = createServer();
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => server.close());

async function newSocket(): Promise<Socket> {
  const client = connect(port, '127.0.0.1');
  client.unref();
  const [socket] = (await once(server, 'connection')) as [Socket];
  return socket;
}

describe('a distributor', () => {
  let distributor: Distributor<string>;
  /** What each process was passed: its name and the socket. */
  let passed: { process: string; connection: number; socket: Socket }[];
  beforeEach(() => {
    distributor = createDistributor();
    passed = [];
  });
  const add = (process: string): void =>
    distributor.add(process, (connection, socket) => void passed.push({ process, connection, socket }));
  const takers = (): string[] => passed.map(({ process }) => process);

  it('passes connections in turn', async () => {
    add('a');
    add('b');
    add('c');
    for (let count = 0; count < 6; count++) distributor.distribute(await newSocket());
    expect(takers().slice(0, 3).sort()).toEqual(['a', 'b', 'c']);
    expect(takers().slice(3)).toEqual(takers().slice(0, 3));
  });

  it('passes none to a process that does not take them while another does', async () => {
    add('stuck');
    add('free');
    for (let count = 0; count < 5; count++) {
      distributor.distribute(await newSocket());
      const last = passed.at(-1);
      if (last?.process === 'free') distributor.taken('free', last.connection);
    }
    expect(takers().filter((process) => process === 'stuck')).toHaveLength(1);
  });

  it('passes the connections of a process that ended to another, but not those that it had taken', async () => {
    add('a');
    const [one, two] = [await newSocket(), await newSocket()];
    distributor.distribute(one);
    distributor.distribute(two);
    distributor.taken('a', 1);
    expect([one.destroyed, two.destroyed]).toEqual([true, false]);
    add('b');
    distributor.remove('a');
    expect(passed.slice(2)).toMatchObject([{ process: 'b', socket: two }]);
    distributor.taken('b', passed[2]?.connection ?? 0);
    expect(two.destroyed).toBe(true);
  });

  it('closes connections that no process is left for', async () => {
    const waiting = await newSocket();
    add('a');
    distributor.distribute(waiting);
    distributor.remove('a');
    const late = await newSocket();
    distributor.distribute(late);
    expect([waiting.destroyed, late.destroyed]).toEqual([true, true]);
  });
});
