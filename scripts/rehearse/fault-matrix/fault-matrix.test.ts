import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PAGE, renderPage } from './main.ts';
import { renderRow, type RenderedRow } from './render.ts';
import { playRow } from './row.ts';
import { CHAPTERS } from './rows.ts';

const played = new Map<string, RenderedRow>();

afterAll(async () => {
  const chapters = CHAPTERS.map(({ title, rows }) => ({
    title,
    rows: rows.flatMap(({ fault }) => played.get(fault) ?? []),
  }));
  // With a filter on test names only some rows are played, and the page cannot be compared.
  if (chapters.some(({ rows }, index) => rows.length !== CHAPTERS[index]?.rows.length)) return;
  const page = await readFile(path.resolve(import.meta.dirname, '../../..', PAGE), 'utf8');
  expect(page, `${PAGE} is not what the matrix makes: npx tsx scripts/rehearse/fault-matrix/main.ts`).toBe(
    await renderPage(chapters),
  );
});

it('has at least 40 rows, each with a fault of its own', () => {
  const faults = CHAPTERS.flatMap(({ rows }) => rows.map(({ fault }) => fault));
  expect(faults.length).toBeGreaterThanOrEqual(40);
  expect(new Set(faults).size).toBe(faults.length);
});

describe.each(CHAPTERS)('$title', ({ rows }) => {
  it.each(rows)('ends as it should when: $fault', async (row) => {
    await playRow(row, async (result) => {
      const rendered = renderRow(result);
      played.set(row.fault, rendered);
      expect(rendered.problems, result.last.log.join('\n')).toEqual([]);
      await row.then?.(result.world, result.last);
    });
  });
});
