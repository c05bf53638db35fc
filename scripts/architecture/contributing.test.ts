import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../build.ts';

const page = await readFile(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const names = z.record(z.string(), z.string());
const { scripts, dependencies, devDependencies } = z
  .object({ scripts: names, dependencies: names, devDependencies: names })
  .parse(JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')));

/** What stands in backticks in the first cell of the tables. */
const firstCells = [...page.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
);

it('has a row for every npm script', () => {
  const commands = Object.keys(scripts).map((name) => (name === 'test' ? 'npm test' : `npm run ${name}`));
  const rows = firstCells.filter((text) => text.startsWith('npm '));
  expect(rows.sort()).toEqual(commands.sort());
});

it('gives the reason of every dependency', () => {
  const rows = firstCells.map((text) => new RegExp(`^${text.replaceAll('*', '.*')}$`));
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  expect(packages.filter((name) => !rows.some((row) => row.test(name)))).toEqual([]);
});
