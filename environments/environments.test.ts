import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { listEnvironments, readEnvironmentFolder } from '../actions/lib/adapters/environment-folder.ts';
import { generateEnvironmentFiles } from '../scripts/generated/environment-files.ts';

const root = path.join(import.meta.dirname, '..');
const environments = await listEnvironments(root);
const textOf = async (file: string): Promise<string> => await readFile(path.join(root, file), 'utf8');

it('has dev, staging and production, in this order of promotion', async () => {
  const folders = await Promise.all(environments.map(async (name) => await readEnvironmentFolder(root, name)));
  const ordered = folders.map(({ environment }) => environment).sort((a, b) => a.promotionOrder - b.promotionOrder);
  expect(ordered.map(({ name }) => name)).toEqual(['dev', 'staging', 'production']);
  expect(new Set(ordered.map(({ promotionOrder }) => promotionOrder)).size).toBe(ordered.length);
});

it.each(['main.tf', '.terraform.lock.hcl', 'tests/environment.tftest.hcl'])(
  'has the same %s in every environment',
  async (file) => {
    const texts = await Promise.all(environments.map(async (name) => await textOf(`environments/${name}/${file}`)));
    expect(new Set(texts).size).toBe(1);
  },
);

it('locks the same providers for the bootstrap as for the environments', async () => {
  expect(await textOf('terraform/bootstrap/.terraform.lock.hcl')).toBe(
    await textOf('environments/dev/.terraform.lock.hcl'),
  );
});

it('keeps the state of every environment apart, as generated from environment.json', async () => {
  const files = await generateEnvironmentFiles();
  expect(files.map(({ path }) => path)).toEqual(environments.map((name) => `environments/${name}/backend.hcl`));
  for (const { path: file, text } of files) expect(await textOf(file)).toBe(text);
  expect(new Set(files.map(({ text }) => text)).size).toBe(environments.length);
});
