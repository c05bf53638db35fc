import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { parseJsonFile } from '../../actions/lib/domain/json/file.ts';
import type { Migration } from './migration.ts';

/** SHA-256 of the Terraform test that version 1 had in every environment; it is in terraform/environment/ now. */
const OLD_TEST = '0fd43c167737f303514e4e1795a458244c46314a0a08388f028ba6e1305baa2f';

/** Removes the product's Terraform test from an environment; a test of the fork's own stays. */
export async function removeTestFile(root: string, environment: string): Promise<Migration> {
  const folder = `environments/${environment}/tests`;
  const file = `${folder}/environment.tftest.hcl`;
  const text = await readFile(path.join(root, file)).catch(() => undefined);
  if (text === undefined) return { changed: [], left: [] };
  if (createHash('sha256').update(text).digest('hex') !== OLD_TEST) {
    return { changed: [], left: [`${file}: it differs from the product's, so it may be yours`] };
  }
  await rm(path.join(root, file));
  // Fails where something is left in it.
  await rmdir(path.join(root, folder)).catch(() => undefined);
  return { changed: [`${file}: removed, as the product keeps it in terraform/environment`], left: [] };
}

const settings = z.looseObject({ service: environmentFileSchema.shape.service });

const ACCOUNTS = 'terraform/bootstrap/accounts';

/** A settings file as version 1 named it, and as it is named now. */
interface AccountRename {
  readonly file: string;
  readonly target: string;
}

/**
 * The settings of accounts that have their old name: there is one file for each account and service now.
 *
 * @throws UserError when one can't be read.
 */
export async function readAccountRenames(root: string): Promise<readonly AccountRename[]> {
  const files = await readdir(path.join(root, ACCOUNTS)).catch((): string[] => []);
  return await Promise.all(
    files
      .filter((name) => /^\d{12}\.tfvars\.json$/.test(name))
      .sort()
      .map(async (file) => {
        const { service } = parseJsonFile(
          await readJsonFile(root, `${ACCOUNTS}/${file}`),
          settings,
          'Restore it from Git.',
        );
        return { file, target: file.replace('.tfvars', `-${service}.tfvars`) };
      }),
  );
}

/** Renames the settings of accounts, but over no other file. */
export async function renameAccountSettings(root: string, renames: readonly AccountRename[]): Promise<Migration> {
  const changed: string[] = [];
  const left: string[] = [];
  for (const { file, target } of renames) {
    const from = `${ACCOUNTS}/${file}`;
    if (existsSync(path.join(root, ACCOUNTS, target))) {
      left.push(`${from}: ${target} is there too; keep the one that is right`);
    } else {
      await rename(path.join(root, from), path.join(root, ACCOUNTS, target));
      changed.push(`${from}: renamed to ${target}`);
    }
  }
  return { changed, left };
}
