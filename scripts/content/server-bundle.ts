import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildServer, ROOT } from '../build.ts';

/**
 * Builds the server from the sources as they are, for as long as it is used.
 *
 * @param use gets the path of the bundle; files beside it are removed with it
 */
export async function withServerBundle<Result>(use: (bundle: string) => Promise<Result>): Promise<Result> {
  // There, as the bundle takes onnxruntime-node from node_modules, and every tool leaves that folder alone.
  const cache = path.join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'content-'));
  try {
    await buildServer(path.join(folder, 'bundle'));
    return await use(path.join(folder, 'bundle/main.js'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
