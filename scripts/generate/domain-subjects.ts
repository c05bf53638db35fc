import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { SUBJECTS } from '../architecture/imports.ts';
import { ROOT } from '../build.ts';
import { replaceBetween } from './action-tables.ts';
import type { GeneratedFile } from './generated-file.ts';

const FILE = 'CONTRIBUTING.md';

/** CONTRIBUTING.md with the table of the domain's subjects, in the order of their imports. */
export async function generateDomainSubjects(): Promise<readonly GeneratedFile[]> {
  const rows = Object.entries(SUBJECTS).map(
    ([name, { about, imports }]) =>
      `| \`${name}\` | ${about} | ${imports.map((other) => `\`${other}\``).join(', ') || 'none'} |`,
  );
  const table = ['| subject | about | may import |', '| --- | --- | --- |', ...rows].join('\n');
  const text = replaceBetween(await readFile(path.join(ROOT, FILE), 'utf8'), 'domain subjects', table, FILE);
  const options = await prettier.resolveConfig(path.join(ROOT, FILE));
  return [{ path: FILE, text: await prettier.format(text, { ...options, parser: 'markdown' }) }];
}
