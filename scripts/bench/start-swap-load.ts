import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { SwapFixture } from './swap-fixture.ts';
import type { LoadRecord } from './swap-load.ts';

const loadRecord = z.object({
  startedAt: z.array(z.number()),
  milliseconds: z.array(z.number()),
  release: z.array(z.string()),
  failures: z.array(z.string()),
});

/** Sends requests over connections in a process of its own, until it is stopped. */
export function startLoad(
  { aws, endpointName }: SwapFixture,
  connections: number,
  output: string,
): { stop: () => Promise<LoadRecord> } {
  const child = fork(
    path.join(import.meta.dirname, 'swap-load.ts'),
    [aws.url, aws.region, endpointName, String(connections), output],
    { execArgv: ['--import', './scripts/typescript.js'] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    stop: async () => {
      child.send('stop');
      await ended;
      return loadRecord.parse(JSON.parse(await readFile(output, 'utf8')));
    },
  };
}
