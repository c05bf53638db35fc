import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readJsonFile } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { SETTINGS_FOLDER } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { parseSettings, type BootstrapSettings } from './settings.ts';

/** The settings of a service in an account, and the file that keeps them. */
export interface SettingsFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly settings: BootstrapSettings;
}

/**
 * The settings that earlier runs have stored for an account, or for all, one file for each service.
 *
 * @throws UserError when a file was edited into something else.
 */
export async function readSettingsFiles(root: string, account = '\\d{12}'): Promise<readonly SettingsFile[]> {
  const names = await readdir(path.join(root, SETTINGS_FOLDER)).catch(() => []);
  // A fork may still have an ACCOUNT.tfvars.json from when an account had one service. It sorts last, so that a file
  // with the service in its name is found first.
  const own = names.filter((name) => new RegExp(`^${account}(-.+)?\\.tfvars\\.json$`).test(name)).sort();
  return await Promise.all(
    own.map(async (name) => {
      const file = path.join(SETTINGS_FOLDER, name);
      return { path: file, settings: parseSettings(await readJsonFile(root, file)) };
    }),
  );
}
