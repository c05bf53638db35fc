import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { renderMatrix, renderRow, type RenderedRow } from './render.ts';
import { playRow } from './row.ts';
import { CHAPTERS } from './rows.ts';

/** The page that the matrix writes, from the root of the repository. */
export const PAGE = 'docs/fault-matrix.md';

/** Plays every row; `onRow` hears of each as it ends. */
export async function playMatrix(
  onRow: (row: RenderedRow) => void,
): Promise<readonly { readonly title: string; readonly rows: readonly RenderedRow[] }[]> {
  const chapters: { title: string; rows: RenderedRow[] }[] = [];
  for (const { title, rows } of CHAPTERS) {
    const rendered: RenderedRow[] = [];
    for (const row of rows) {
      await playRow(row, async (result) => {
        const shown = renderRow(result);
        let problems = shown.problems;
        try {
          await row.then?.(result.world, result.last);
        } catch (error) {
          problems = [...problems, String(error)];
        }
        rendered.push({ ...shown, problems });
        onRow({ ...shown, problems });
      });
    }
    chapters.push({ title, rows: rendered });
  }
  return chapters;
}

/** The page as it should stand in the repository. */
export async function renderPage(chapters: Parameters<typeof renderMatrix>[0]): Promise<string> {
  const options = await prettier.resolveConfig(PAGE);
  return await prettier.format(renderMatrix(chapters), { ...options, parser: 'markdown' });
}

if (process.argv[1] === import.meta.filename) {
  const chapters = await playMatrix(({ fault, outcome, serves, exitCode, deployment, problems }) => {
    const mark = problems.length === 0 ? 'ok  ' : 'FAIL';
    console.log(`${mark} ${fault} -> ${outcome}, ${serves} serves, exit ${exitCode}, deployment ${deployment}`);
    for (const problem of problems) console.log(`       ${problem}`);
  });
  const rows = chapters.flatMap((chapter) => chapter.rows);
  const failed = rows.filter(({ problems }) => problems.length > 0).length;
  console.log(`${rows.length} rows, ${failed} failed`);
  if (failed > 0) {
    process.exitCode = 1;
  } else {
    await writeFile(path.resolve(import.meta.dirname, '../../..', PAGE), await renderPage(chapters));
    console.log(`wrote ${PAGE}`);
  }
}
