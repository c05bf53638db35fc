import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
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

const settings = z.looseObject({ service: z.string() });

/** Renames the settings of an account's bootstrap: there is one file for each account and service. */
export async function renameAccountSettings(root: string): Promise<Migration> {
  const folder = 'terraform/bootstrap/accounts';
  const files = await readdir(path.join(root, folder)).catch((): string[] => []);
  const changed: string[] = [];
  const left: string[] = [];
  for (const file of files.filter((name) => /^\d{12}\.tfvars\.json$/.test(name)).sort()) {
    const from = `${folder}/${file}`;
    const text = await readFile(path.join(root, from), 'utf8');
    const { service } = parseJsonFile({ path: from, text }, settings, 'Restore it from Git.');
    const target = file.replace('.tfvars', `-${service}.tfvars`);
    if (files.includes(target)) {
      left.push(`${from}: ${target} is there too; keep the one that is right`);
    } else {
      await rename(path.join(root, from), path.join(root, folder, target));
      changed.push(`${from}: renamed to ${target}`);
    }
  }
  return { changed, left };
}
