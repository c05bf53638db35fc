import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { writeModelFolder, type ModelFolder } from './small-models.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import type { Graph } from '../../sample-model/onnx-writer.ts';
import { writeSample } from '../../sample-model/write-sample.ts';

/** Folder of a sample model, removed after the tests of the file. */
export const sample = await mkdtemp(path.join(tmpdir(), 'sample-model-'));
await writeSample(sample, { seed: 1 });
afterAll(async () => {
  await rm(sample, { recursive: true });
});

/** All placements of a model. */
export const placements = ['inline', 'workers'] as const;

/** Starts servers for a test. */
export interface TestServers {
  readonly start: (modelDirectory: string, environment?: Readonly<Record<string, string>>) => Promise<TestServer>;
  /** Serves a graph. */
  readonly startGraph: (
    graph: Graph,
    environment?: Readonly<Record<string, string>>,
    signature?: object,
  ) => Promise<TestServer>;
}

/** Starts servers for the tests of a file; after each test they are drained and their folders removed. */
export function useTestServers(): TestServers {
  const servers: TestServer[] = [];
  const folders: ModelFolder[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(async (server) => await server.drain()));
    for (const folder of folders.splice(0)) folder.remove();
  });
  const start: TestServers['start'] = async (modelDirectory, environment = {}) => {
    // Without a drain timeout no server waits for stragglers at the end of a test.
    const server = await startTestServer(modelDirectory, { DRAIN_TIMEOUT_SECONDS: '0', ...environment });
    // A test may drain its server itself, and drain only once.
    let drained: Promise<void> | undefined;
    const drain = async (): Promise<void> => await (drained ??= server.drain());
    servers.push({ ...server, drain });
    return { ...server, drain };
  };
  return {
    start,
    startGraph: async (graph, environment, signature) => {
      const folder = writeModelFolder(graph, signature);
      folders.push(folder);
      return await start(folder.directory, environment);
    },
  };
}
