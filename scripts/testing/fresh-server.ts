import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildServer, ROOT } from '../build.ts';
import { writeSample } from '../../server/sample-model/write-sample.ts';
import {
  startServer,
  waitUntilReady,
  type ServerOptions,
  type ServerProcess,
} from '../../server/src/testing/server-process.ts';

/** The server bundled from the sources as they are, for one test file. */
export interface FreshServer {
  /** Path of the bundle. */
  readonly bundle: string;
  /** Starts it, with a sample model unless told otherwise, and waits until /ping answers 200. */
  readonly start: (options?: ServerOptions) => Promise<ServerProcess>;
  readonly remove: () => Promise<void>;
}

/** Bundles the server into a folder of its own, from where it finds onnxruntime-node. */
export async function buildFreshServer(): Promise<FreshServer> {
  const folder = await mkdtemp(join(ROOT, 'node_modules/.server-proof-'));
  await buildServer(folder);
  const bundle = join(folder, 'main.js');
  const modelDirectory = join(folder, 'model');
  await writeSample(modelDirectory, { seed: 1 });
  return {
    bundle,
    start: async (options = {}) => {
      const server = await startServer({ modelDirectory, bundle, ...options });
      await waitUntilReady(server.url);
      return server;
    },
    remove: async () => {
      await rm(folder, { recursive: true });
    },
  };
}
