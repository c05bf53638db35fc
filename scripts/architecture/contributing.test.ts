import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../build.ts';

const page = await readFile(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const names = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  scripts: names,
  dependencies: names,
  devDependencies: names,
  workspaces: z.array(z.string()).default([]),
});

const readManifest = async (folder: string): Promise<z.output<typeof manifest>> =>
  manifest.parse(JSON.parse(await readFile(path.join(ROOT, folder, 'package.json'), 'utf8')));

const root = await readManifest('.');
const manifests = [root, ...(await Promise.all(root.workspaces.map(readManifest)))];

/** What stands in backticks in the first cells of the tables of a section. */
function firstCells(heading: string): readonly string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

it('has a row for every npm script', () => {
  const commands = Object.keys(root.scripts).map((name) => (name === 'test' ? 'npm test' : `npm run ${name}`));
  const rows = firstCells('Commands').filter((text) => /^npm (?:run \S+|test)$/.test(text));
  expect(rows.sort()).toEqual(commands.sort());
});

it('gives the reason of every dependency, and of no package that is none', () => {
  const packages = manifests
    .flatMap(({ dependencies, devDependencies }) => Object.keys({ ...dependencies, ...devDependencies }))
    .filter((name) => !name.startsWith('@sagemaker-gitops/'));
  const rows = firstCells('Dependencies');
  const covers = (row: string, name: string): boolean => new RegExp(`^${row.replaceAll('*', '.*')}$`).test(name);
  expect(packages.filter((name) => !rows.some((row) => covers(row, name)))).toEqual([]);
  expect(rows.filter((row) => !packages.some((name) => covers(row, name)))).toEqual([]);
});
