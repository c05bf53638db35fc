import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildActions } from '../build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with a bundle of each action, `NAME.js`, of the sources that are tested; only for importers of start-action.ts. */
    readonly actionBundles: string | undefined;
  }
}

/** Builds the actions once before all tests, if the test files of this run start any. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const files = project.vitest.state.getPaths();
  const startsAny = (await Promise.all(files.map(startsActions))).includes(true);
  const bundles = startsAny ? await buildBundles() : undefined;
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
