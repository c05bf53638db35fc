import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileKindOf } from './parts.ts';

const LANGUAGES = {
  TypeScript: /\.ts$/,
  HCL: /\.(?:tf|hcl)$/,
  YAML: /\.ya?ml$/,
  shell: /\.sh$|^\.ci\/run$/,
  Markdown: /\.md$/,
  other: /\.(?:js|css|html|py|lua)$|(?:^|\/)Dockerfile$/,
} as const;

type Language = keyof typeof LANGUAGES;

const LANGUAGE_NAMES = Object.keys(LANGUAGES) as readonly Language[];
const ROWS = ['product', 'product tests', 'packages', 'packages tests', 'lab', 'lab tests'] as const;

/** Lines by row, then by language. */
export type Sizes = ReadonlyMap<string, ReadonlyMap<Language, number>>;

/** Counts the lines of the files that Git tracks in a checkout, without blank lines; comments count. */
export async function countLines(root: string): Promise<Sizes> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 2 ** 26 });
  const sizes = new Map<string, Map<Language, number>>();
  for (const file of stdout.split('\0')) {
    const language = LANGUAGE_NAMES.find((name) => LANGUAGES[name].test(file));
    if (language === undefined || !existsSync(path.join(root, file))) continue;
    const lines = countWrittenLines(await readFile(path.join(root, file), 'utf8'));
    const row = rowOf(file);
    const byLanguage = sizes.get(row) ?? new Map<Language, number>();
    sizes.set(row, byLanguage.set(language, (byLanguage.get(language) ?? 0) + lines));
  }
  return sizes;
}

function rowOf(file: string): string {
  const found = fileKindOf(file);
  if (found.kind !== 'written') return found.kind;
  return found.isTest ? `${found.part} tests` : found.part;
}

function countWrittenLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}

/** The table of `npm run check -- --size`. */
export function renderSizes(sizes: Sizes): string {
  const count = (row: string, language: Language): number => sizes.get(row)?.get(language) ?? 0;
  const cells = (name: string, counts: readonly number[]): readonly string[] => [
    name,
    ...[...counts, counts.reduce((sum, each) => sum + each, 0)].map((each) => each.toLocaleString('en')),
  ];
  const table = [
    ['', ...LANGUAGE_NAMES, 'total'],
    ...ROWS.map((row) =>
      cells(
        row,
        LANGUAGE_NAMES.map((language) => count(row, language)),
      ),
    ),
    cells(
      'all',
      LANGUAGE_NAMES.map((language) => ROWS.reduce((sum, row) => sum + count(row, language), 0)),
    ),
  ];
  const lines = table.map(
    ([name = '', ...numbers]) => name.padEnd(16) + numbers.map((each) => each.padStart(11)).join(''),
  );
  const apart = ['generated', 'fixture', 'content'].map((row) => {
    const total = LANGUAGE_NAMES.reduce((sum, language) => sum + count(row, language), 0);
    return `${row} ${total.toLocaleString('en')}`;
  });
  return [
    'Lines of hand-written files that Git tracks; comments count, blank lines and JSON do not',
    ...lines,
    `Not counted: ${apart.join(', ')}`,
  ].join('\n');
}
