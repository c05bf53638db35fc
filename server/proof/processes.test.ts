import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Initializer, tensor, type Graph } from '../sample-model/onnx-writer.ts';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import { send, sendJson } from '../src/testing/http-client.ts';
import { processTree } from '../src/testing/process-inspection.ts';
import type { ServerProcess } from '../src/testing/server-process.ts';
import { writeModelFolder } from '../src/testing/small-models.ts';

let fresh: FreshServer;
beforeAll(async () => {
  fresh = await buildFreshServer();
});
afterAll(async () => await fresh.remove());

/** How requests ended: their statuses and the codes of connection errors, with counts. */
type Ends = Record<string, number>;

const request = {
  path: '/invocations',
  body: '{"features":[1.2,3.4,5.6]}',
  headers: { 'content-type': 'application/json', connection: 'close' },
  timeoutMilliseconds: 4000,
} as const;

/** Clients that open a connection for each request, until `isOver`. A request without an end within 4 s counts as `hangs`. */
async function openConnections(server: ServerProcess, ends: Ends, isOver: () => boolean): Promise<void> {
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const end = await send(server.url, request).then(
        ({ status }) => String(status),
        (error: unknown) => {
          if (error instanceof Error && 'code' in error) return String(error.code);
          return String(error).includes('no answer within') ? 'hangs' : String(error);
        },
      );
      ends[end] = (ends[end] ?? 0) + 1;
      if (end === 'ECONNREFUSED') return;
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
}

const pause = async (milliseconds: number): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, milliseconds));

const placements = [
  { name: 'one process', environment: { PLACEMENT: 'inline' } },
  { name: 'two processes', environment: { PLACEMENT: 'inline', PROCESSES: '2' } },
];

describe('new connections', () => {
  it.each(placements)('at SIGTERM are answered or refused, and not reset: $name', async ({ environment }) => {
    const server = await fresh.start({ environment });
    const ends: Ends = {};
    const load = openConnections(server, ends, () => false);
    await pause(500);
    const { code } = await server.stop();
    await load;
    expect(code).toBe(0);
    expect(Object.keys(ends).sort()).toEqual(['200', '503', 'ECONNREFUSED']);
  });

  it('of a process that is killed end at once, and the other process answers', async () => {
    const server = await fresh.start({ environment: { PLACEMENT: 'inline', PROCESSES: '2' } });
    const ends: Ends = {};
    let isOver = false;
    const load = openConnections(server, ends, () => isOver);
    await pause(500);
    const [victim] = processTree(server.pid).filter((pid) => pid !== server.pid);
    process.kill(victim ?? 0, 'SIGKILL');
    await pause(1000);
    const before = ends['200'] ?? 0;
    await pause(200);
    isOver = true;
    await load;
    await server.stop();
    expect(ends['200'] ?? 0).toBeGreaterThan(before);
    expect(ends).not.toHaveProperty('hangs');
    expect(ends).not.toHaveProperty('503');
  });
});

/** Forty products of 2048 × 2048 matrices: one run takes seconds. */
function slowGraph(): Graph {
  const type = tensor('float32', [2048, 2048]);
  const names = ['x', ...Array.from({ length: 40 }, (_, index) => `product${index}`)];
  return {
    name: 'slow',
    inputs: [{ name: 'x', type }],
    outputs: [{ name: 'product39', type }],
    initializers: [float32Initializer('weights', [2048, 2048], new Float32Array(2048 * 2048))],
    nodes: names.slice(1).map((name, index) => ({
      operator: 'MatMul',
      inputs: [names[index] ?? '', 'weights'],
      outputs: [name],
    })),
  };
}

describe('SIGTERM during the start', () => {
  it.each(['1', '2'])('ends the server within 2 s: PROCESSES=%s', async (processes) => {
    const folder = writeModelFolder(slowGraph());
    const env = { PATH: process.env['PATH'], PORT: '0', PROCESSES: processes, MODEL_DIR: folder.directory };
    const child = spawn(process.execPath, [fresh.bundle, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await pause(1000);
    const started = performance.now();
    child.kill('SIGTERM');
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    folder.remove();
    expect(performance.now() - started).toBeLessThan(2000);
    // Node 20 cannot become another program: it ends by the signal.
    expect([0, 'SIGTERM']).toContain(code ?? signal);
    expect(stderr).toBe('');
  });
});

it('texts that exceed the heap end their request, and not the process', async () => {
  const folder = writeModelFolder({
    name: 'tile',
    inputs: [
      { name: 'x', type: tensor('string', ['n']) },
      { name: 'times', type: tensor('int64', [1]) },
    ],
    outputs: [{ name: 'y', type: tensor('string', ['m']) }],
    nodes: [{ operator: 'Tile', inputs: ['x', 'times'], outputs: ['y'] }],
  });
  const server = await fresh.start({
    modelDirectory: folder.directory,
    environment: { PLACEMENT: 'workers' },
    nodeOptions: ['--max-old-space-size=64'],
  });
  const tile = async (times: number): Promise<number> => {
    const { status } = await sendJson(server.url, '/invocations', {
      inputs: { x: ['twenty characters ...'], times: [times] },
    });
    return status;
  };
  expect([await tile(10), await tile(3_000_000), await tile(10)]).toEqual([200, 503, 200]);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  folder.remove();
});
