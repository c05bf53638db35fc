import type { SettingsDemand } from '../../domain/doctor/settings.ts';
import { expectedPairs } from '../../domain/probe/expected-pairs.ts';
import { liveRelease } from '../../domain/release/release.ts';
import { readEnvironmentFolders } from './environment-folder.ts';

/**
 * The environments of a checkout, as the settings on GitHub depend on them.
 *
 * @throws UserError when the file of an environment is not valid.
 */
export async function readSettingsDemand(root: string): Promise<SettingsDemand> {
  const folders = await readEnvironmentFolders(root);
  return {
    environments: folders.map(({ environment, releaseFile }) => ({
      name: environment.name,
      isUnprotected: environment.unprotected === 'accepted',
      pairs: expectedPairs(environment, liveRelease(releaseFile)?.spec.instanceCount),
    })),
  };
}
