import type { SettingsDemand } from '../../domain/doctor/settings.ts';
import { listEnvironments, readEnvironmentFolder } from './environment-folder.ts';

/**
 * The environments of a checkout, as the settings on GitHub depend on them.
 *
 * @throws UserError when the file of an environment is not valid.
 */
export async function readSettingsDemand(root: string): Promise<SettingsDemand> {
  const names = await listEnvironments(root);
  const folders = await Promise.all(names.map(async (name) => await readEnvironmentFolder(root, name)));
  return {
    environments: folders.map(({ environment }) => ({
      name: environment.name,
      isUnprotected: environment.unprotected === 'accepted',
    })),
  };
}
