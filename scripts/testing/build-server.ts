import { buildServer } from '../build.ts';

/** Builds the server once before any test, as several of them start it as a process. */
export async function setup(): Promise<void> {
  await buildServer();
}
