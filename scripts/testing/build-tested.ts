import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildActions, buildServer } from '../build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with a bundle of each action, `NAME.js`, of the sources that are tested. */
    readonly actionBundles: string;
  }
}

/** Builds the server and the actions once before any test, as many of them start these as processes. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'action-bundles-'));
  const bundles = path.join(folder, 'dist');
  await Promise.all([buildServer(), buildActions(bundles)]);
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  project.provide('actionBundles', bundles);
  return async () => await rm(folder, { recursive: true, force: true });
}
