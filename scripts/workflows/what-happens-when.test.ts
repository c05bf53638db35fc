import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { removedPartOf } from '../removal/lab-parts.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGE = path.join(ROOT, 'docs/what-happens-when.md');
// A test of the fault matrix compares this page with its rows.
const MATRIX = path.join(ROOT, 'docs/fault-matrix.md');
const FAULT = 'ends as it should when: ';

interface Row {
  readonly what: string;
  readonly cells: readonly string[];
  readonly file: string;
  readonly test: string;
}

const rows = parsePage(await readFile(PAGE, 'utf8'));
const faults = faultsOf(await readFile(MATRIX, 'utf8'));

it('has at least 25 rows, each about something else and with every column filled', () => {
  expect(rows.length).toBeGreaterThanOrEqual(25);
  expect(new Set(rows.map(({ what }) => what)).size).toBe(rows.length);
  for (const { what, cells } of rows) expect([what, cells.length, cells.includes('')]).toEqual([what, 5, false]);
});

it.each(rows.filter(({ file }) => removedPartOf(file) === undefined))(
  'names a test that there is: $what',
  async ({ file, test }) => {
    const titles = titlesOf(file, await readFile(path.join(ROOT, file), 'utf8'));
    expect(titles.includes(`${FAULT}$fault`) ? [...titles, ...faults] : titles).toContain(test);
  },
);

it('would find a test that is gone', () => {
  expect(titlesOf('a.test.ts', "it.each([1])('does %s', () => {}); it(`is there`, () => {});")).toEqual([
    'does %s',
    'is there',
  ]);
});

/** The rows of every table of the page. */
function parsePage(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|') && !/^\| (what happens|-+) /.test(line));
  return lines.map((line) => {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [, file, test] = /^\[`[^`]+`\]\(\.\.\/([^)]+)\): (.+)$/.exec(cells.at(-1) ?? '') ?? [];
    if (file === undefined || test === undefined) throw new Error(`a row that names no test: ${line}`);
    return { what: cells[0] ?? '', cells, file, test };
  });
}

/** The titles of the tests that the rows of the fault matrix make. */
function faultsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\| (.+?) \| .* \|$/gm)].map(
    ([, fault = '']) => `${FAULT}${fault.trim().replaceAll('\\|', '|')}`,
  );
}

/** The titles of the tests in a file, as they are written. */
function titlesOf(fileName: string, source: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    // A scene of the rehearsal, which fails where it doesn't end as it says.
    const scene = fileName.startsWith('scripts/rehearse/scenario/') && !fileName.endsWith('.test.ts');
    if (scene && ts.isPropertyAssignment(node) && node.name.getText(file) === 'title') {
      if (ts.isStringLiteralLike(node.initializer)) titles.push(node.initializer.text);
      // What is filled in when the story is told is an ellipsis on the page.
      if (ts.isTemplateExpression(node.initializer)) {
        const { head, templateSpans } = node.initializer;
        titles.push([head.text, ...templateSpans.map(({ literal }) => literal.text)].join('…'));
      }
    }
    if (scene || !ts.isCallExpression(node)) return;
    const [title] = node.arguments;
    const callee = node.expression.getText(file);
    if (title !== undefined && ts.isStringLiteralLike(title) && /^(it|test)\b/.test(callee)) titles.push(title.text);
  };
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  visit(file);
  return titles;
}
