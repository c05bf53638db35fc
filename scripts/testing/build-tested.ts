import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildActions, buildServer, ROOT } from '../build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with a bundle of each action, `NAME.js`, of the sources that are tested; only for importers of start-action.ts. */
    readonly actionBundles: string | undefined;
  }
}

/** Builds, once before all tests, what the test files of this run start as a process or a worker, and nothing else. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const files = project.vitest.state.getPaths();
  const [bundles] = await Promise.all([
    (await Promise.all(files.map(startsActions))).includes(true) ? buildBundles() : undefined,
    // The server's tests start its worker threads, which load JavaScript only.
    files.some((file) => path.relative(ROOT, file).startsWith('server/src/')) ? buildServer() : undefined,
  ]);
  project.provide('actionBundles', bundles);
  return bundles === undefined
    ? undefined
    : async () => await rm(path.dirname(bundles), { recursive: true, force: true });
}

async function startsActions(testFile: string): Promise<boolean> {
  return (await readFile(testFile, 'utf8')).includes("/testing/start-action.ts'");
}

async function buildBundles(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'action-bundles-'));
  const bundles = path.join(folder, 'dist');
  await buildActions(bundles);
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  return bundles;
}
