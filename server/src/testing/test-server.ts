import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { parseConfiguration } from '../settings/configuration.ts';
import { serve, type RunningServer } from '../serve.ts';

/** A server in this process, on a free port. */
export interface TestServer extends RunningServer {
  readonly url: string;
  /** Log lines so far. */
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
  /** Posts a body and returns the response's status, headers and bytes. */
  readonly post: (route: string, body: string | Uint8Array, headers?: Record<string, string>) => Promise<TestAnswer>;
}

interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** The parsed JSON text. */
  readonly json: () => Record<string, unknown>;
}

// A worker thread of Node 20 loads JavaScript only. The bundle is where Node finds onnxruntime-node.
const root = path.resolve(import.meta.dirname, '../../..');
const bundles = await mkdtemp(path.join(root, 'node_modules/.test-server-'));
const workerEntry = path.join(bundles, 'inference-worker.mjs');
await build({
  entryPoints: [path.join(import.meta.dirname, '../inference-worker.ts')],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  outfile: workerEntry,
});
afterAll(async () => await rm(bundles, { recursive: true }));

/** Starts the server with environment variables as a process would have them. */
export async function startTestServer(
  modelDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const lines: string[] = [];
  const server = await serve({
    configuration: parseConfiguration({ PORT: '0', ...environment }),
    modelDirectory,
    workerEntry,
    write: (line) => lines.push(line),
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    url,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    post: async (route, body, headers = { 'content-type': 'application/json' }) => {
      const response = await fetch(`${url}${route}`, { method: 'POST', body, headers });
      const bytes = Buffer.from(await response.arrayBuffer());
      const text = bytes.toString('utf8');
      return {
        status: response.status,
        headers: response.headers,
        bytes,
        text,
        json: () => JSON.parse(text) as Record<string, unknown>,
      };
    },
  };
}
