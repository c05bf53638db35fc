import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { HomeRegions } from '../../domain/environment/home-region.ts';
import { parseJsonFile, type JsonFile } from '../../domain/json/file.ts';

/** Where `npm run bootstrap` stores the settings of each service in each account, relative to the repository. */
export const SETTINGS_FOLDER = 'terraform/bootstrap/accounts';

const storedRegion = z.looseObject({ service: z.string(), account: z.string(), region: z.string().optional() });

/** The home regions that the settings files of a repository store. Asking for one throws a UserError where its own file is broken. */
export async function readHomeRegions(root: string): Promise<HomeRegions> {
  const names = await readdir(path.join(root, SETTINGS_FOLDER)).catch((): string[] => []);
  const files = await Promise.all(
    names.map(async (name): Promise<[string, JsonFile]> => {
      const file = path.posix.join(SETTINGS_FOLDER, name);
      return [name, { path: file, text: await readFile(path.join(root, file), 'utf8').catch(() => '') }];
    }),
  );
  const texts = new Map(files);
  return ({ service, account }) =>
    // An account had one file when it had one service.
    [`${account}-${service}.tfvars.json`, `${account}.tfvars.json`]
      .flatMap((name) => texts.get(name) ?? [])
      .map((file) => parseJsonFile(file, storedRegion, 'Restore the file from Git.'))
      .find((stored) => stored.service === service && stored.account === account)?.region;
}
