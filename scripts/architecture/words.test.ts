import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../build.ts';
import { fileKindOf } from '../check/parts.ts';
import { isProductPage } from './product-pages.ts';
import { bannedWords } from './words.ts';

/** The files that people write and read, but for the list of the words itself. */
function proseFiles(): readonly string[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 }).split(
    '\0',
  );
  return files.filter(
    (file) =>
      /\.(?:ts|js|md|tf|hcl|ya?ml|sh|py|html|css)$|^\.ci\/run$|\/Dockerfile$/.test(file) &&
      fileKindOf(file).kind === 'written' &&
      !/^scripts\/architecture\/words(?:\.test)?\.ts$/.test(file) &&
      existsSync(path.join(ROOT, file)) &&
      (!file.endsWith('.md') || isProductPage(file)),
  );
}

it('finds none of the banned words in code and docs', async () => {
  const files = proseFiles();
  expect(files.length).toBeGreaterThan(300);
  const found = await Promise.all(
    files.map(async (file) => bannedWords(file, await readFile(path.join(ROOT, file), 'utf8'))),
  );
  expect(found.flat()).toEqual([]);
});

it.each([
  [
    'a word in a comment',
    'a.ts',
    '// one\n// the job is struck\n',
    ['a.ts:2 "struck": use inject a fault into, interrupt'],
  ],
  [
    'a word in an identifier',
    'a.ts',
    'const virtualWorld = 1;\n',
    ['a.ts:1 "World": use scenario, test environment or emulators'],
  ],
  [
    'a word in the name of a file',
    'src/turn-budget.ts',
    '',
    ['src/turn-budget.ts:0 "turn-budget": use time limit of an event loop turn'],
  ],
  ['a word that is banned elsewhere only', 'actions/a.ts', 'interface Stage {}\n', []],
  ['nothing in plain words', 'a.md', 'Injects a fault into each step.\n', []],
])('finds %s', (_, file, text, expected) => {
  expect(bannedWords(file, text)).toEqual(expected);
});
