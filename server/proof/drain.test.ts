import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeBoundNetwork } from '../src/testing/networks.ts';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import { isNeverAccepted, send } from '../src/testing/http-client.ts';
import type { ServerProcess } from '../src/testing/server-process.ts';

let fresh: FreshServer;
let heavyModel: string;
const network = computeBoundNetwork();

beforeAll(async () => {
  fresh = await buildFreshServer();
  heavyModel = await mkdtemp(join(tmpdir(), 'drain-'));
  await writeFile(join(heavyModel, 'model.onnx'), network.model);
});
afterAll(async () => {
  await rm(heavyModel, { recursive: true });
  await fresh.remove();
});

interface Tally {
  answered: number;
  refused: number;
  lost: string[];
}

/** A client that sends its next request after each response, until the server refuses connections. */
async function keepBusy(server: ServerProcess, body: string, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (;;) {
      const { status, headers } = await send(server.url, {
        path: '/invocations',
        body,
        headers: { 'content-type': 'application/json' },
        agent,
      });
      if (status === 200) tally.answered += 1;
      else if (status === 503 && headers['connection'] === 'close') tally.refused += 1;
      else throw new Error(`status ${status}, connection ${String(headers['connection'])}`);
    }
  } catch (error) {
    if (isNeverAccepted(error)) return;
    tally.lost.push(String(error));
  } finally {
    agent.destroy();
  }
}

async function drainUnderLoad(
  server: ServerProcess,
  body: string,
): Promise<{ tally: Tally; seconds: number; code: number | null; pingWhileDraining: string }> {
  const tally: Tally = { answered: 0, refused: 0, lost: [] };
  const clients = Array.from({ length: 32 }, () => keepBusy(server, body, tally));
  while (tally.answered < 100 && tally.lost.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const started = performance.now();
  const exit = server.stop();
  const pingWhileDraining = await pingUntilNotHealthy(server);
  const { code } = await exit;
  await Promise.all(clients);
  return { tally, seconds: (performance.now() - started) / 1000, code, pingWhileDraining };
}

/** The first status of /ping other than 200, or the error of the connection. */
async function pingUntilNotHealthy({ url }: ServerProcess): Promise<string> {
  for (;;) {
    const answer = await send(url, { path: '/ping', headers: { connection: 'close' } }).then(
      ({ status }) => String(status),
      (error: unknown) => (isNeverAccepted(error) ? 'not accepted' : String(error)),
    );
    if (answer !== '200') return answer;
  }
}

describe('SIGTERM with 32 busy connections', () => {
  it.each([
    ['inline', () => fresh.start({ environment: { PLACEMENT: 'inline' } }), '{"features":[1.2,3.4,5.6]}'],
    [
      'inline in two processes',
      () => fresh.start({ environment: { PLACEMENT: 'inline', PROCESSES: '2' } }),
      '{"features":[1.2,3.4,5.6]}',
    ],
    [
      'in worker threads',
      () => fresh.start({ modelDirectory: heavyModel, environment: { PLACEMENT: 'workers' } }),
      JSON.stringify({ features: Array.from({ length: network.inputs }, () => 0.5) }),
    ],
  ])('loses no accepted request and exits 0: model %s', async (_, start, body) => {
    const { tally, seconds, code, pingWhileDraining } = await drainUnderLoad(await start(), body);
    expect(tally.lost).toEqual([]);
    expect(tally.answered).toBeGreaterThanOrEqual(100);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(25);
    expect(['503', 'not accepted']).toContain(pingWhileDraining);
  });
});

it('SIGTERM does not wait for a connection that sends no request', async () => {
  const server = await fresh.start();
  const silent = connect(server.port, '127.0.0.1');
  const closed = once(silent, 'close');
  await once(silent, 'connect');
  const started = performance.now();
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - started).toBeLessThan(5000);
  await closed;
});
