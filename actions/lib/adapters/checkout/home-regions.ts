import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { HomeRegions } from '../../domain/environment/home-region.ts';
import { parseJsonFile } from '../../domain/json/file.ts';

/** Where `npm run bootstrap` stores the settings of each service in each account, relative to the repository. */
export const SETTINGS_FOLDER = 'terraform/bootstrap/accounts';

const storedRegion = z.looseObject({ service: z.string(), account: z.string(), region: z.string().optional() });

/**
 * The home regions that the settings files of a repository store.
 *
 * @throws UserError when a file can't be read.
 */
export async function readHomeRegions(root: string): Promise<HomeRegions> {
  const names = await readdir(path.join(root, SETTINGS_FOLDER)).catch((): string[] => []);
  const stored = await Promise.all(
    names
      .filter((name) => name.endsWith('.tfvars.json'))
      .map(async (name) => {
        const file = path.posix.join(SETTINGS_FOLDER, name);
        const text = await readFile(path.join(root, file), 'utf8');
        return parseJsonFile({ path: file, text }, storedRegion, 'Restore the file from Git.');
      }),
  );
  return ({ service, account }) => stored.find((each) => each.service === service && each.account === account)?.region;
}
