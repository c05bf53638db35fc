import type { SettingsDemand } from '../../domain/doctor/settings.ts';
import { expectedPairs } from '../../domain/probe/expected-pairs.ts';
import { liveRelease } from '../../domain/release/release.ts';
import { readEnvironmentFolder } from './environment-folder.ts';
import { readKnownEnvironments } from './known-environments.ts';

/**
 * The environments of a checkout, as the settings on GitHub depend on them. One whose file can't be read needs the protection
 * that any other needs.
 *
 * @param warn - Is told of each that can't be read, and why.
 */
export async function readSettingsDemand(root: string, warn: (message: string) => void): Promise<SettingsDemand> {
  const { environments, broken } = await readKnownEnvironments(root, warn);
  const known = await Promise.all(
    environments.map(async (environment) => ({
      name: environment.name,
      isUnprotected: environment.unprotected === 'accepted',
      pairs: expectedPairs(environment, await liveInstances(root, environment.name)),
    })),
  );
  const unknown = broken.map(({ name }) => ({ name, isUnprotected: false, pairs: null }));
  return { environments: [...known, ...unknown].toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Instances of the live release; undefined where there is none, or its file can't be read. */
async function liveInstances(root: string, environment: string): Promise<number | undefined> {
  return await readEnvironmentFolder(root, environment).then(
    ({ releaseFile }) => liveRelease(releaseFile)?.spec.instanceCount,
    () => undefined,
  );
}
