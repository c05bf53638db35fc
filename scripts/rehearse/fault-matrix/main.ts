import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { ROOT } from '../../build.ts';
import { parseCommandLine, parseWholeNumber, runCommand } from '../../command-line.ts';
import { startLedgerGithub } from '../../testing/ledger-github.ts';
import { renderMatrix, renderRealMatrix, renderRow, type PlayedChapter, type RenderedRow } from './render.ts';
import { playRow, type Row, type Theatre } from './row.ts';
import { CHAPTERS } from './rows.ts';
import { REAL, VIRTUAL } from './theatres.ts';
import type { World } from './world.ts';

/** The pages that the matrix writes, from the root of the repository. */
export const PAGE = 'docs/fault-matrix.md';
export const REAL_PAGE = 'docs/fault-matrix-real.md';

/** Plays rows, so many beside each other; `onRow` hears of each as it ends. */
export async function playRows<Stage extends World>(
  rows: readonly Row[],
  theatre: Theatre<Stage>,
  beside: number,
  onRow: (row: RenderedRow) => void,
): Promise<ReadonlyMap<Row, RenderedRow>> {
  const played = new Map<Row, RenderedRow>();
  const waiting = [...rows];
  const play = async (): Promise<void> => {
    const github = await startLedgerGithub();
    try {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const rendered = await playOne(row, theatre, github);
        played.set(row, rendered);
        onRow(rendered);
      }
    } finally {
      await github.close();
    }
  };
  await Promise.all(Array.from({ length: beside }, play));
  return played;
}

async function playOne<Stage extends World>(
  row: Row,
  theatre: Theatre<Stage>,
  github: Awaited<ReturnType<typeof startLedgerGithub>>,
): Promise<RenderedRow> {
  let rendered: RenderedRow | undefined;
  await playRow(row, theatre, github, async (result) => {
    const shown = renderRow(result);
    try {
      await row.then?.(result.world, result.last);
      rendered = shown;
    } catch (error) {
      rendered = { ...shown, problems: [...shown.problems, String(error)] };
    }
    if (rendered.problems.length > 0 && theatre.kind === 'real') console.error(result.last.log.join('\n'));
  });
  if (rendered === undefined) throw new Error(`the row "${row.fault}" was not played`);
  return rendered;
}

/** Every chapter with those of its rows that were played. */
export function chaptersOf(played: ReadonlyMap<Row, RenderedRow>): readonly PlayedChapter[] {
  return CHAPTERS.map(({ title, rows }) => ({ title, rows: rows.flatMap((row) => played.get(row) ?? []) }));
}

/** A page as it should stand in the repository. */
export async function formatPage(page: string, markdown: string): Promise<string> {
  const options = await prettier.resolveConfig(page);
  return await prettier.format(markdown, { ...options, parser: 'markdown' });
}

/** The rows that real processes can play. */
export const REAL_ROWS: readonly Row[] = CHAPTERS.flatMap(({ rows }) => rows).filter(
  ({ real }) => real?.impossible === undefined,
);

function announce({ fault, outcome, serves, exitCode, deployment, problems }: RenderedRow): void {
  const mark = problems.length === 0 ? 'ok  ' : 'FAIL';
  console.log(`${mark} ${fault} -> ${outcome}, ${serves} serves, exit ${exitCode}, deployment ${deployment}`);
  for (const problem of problems) console.log(`       ${problem}`);
}

const USAGE = 'usage: npm run fault-matrix -- [--real] [--only TEXT] [--beside N]';

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: { real: { type: 'boolean', default: false }, only: { type: 'string' }, beside: { type: 'string' } },
  });
  const beside = parseWholeNumber('--beside', values.beside ?? '3', 1);
  const start = performance.now();
  const wanted = (row: Row): boolean => values.only === undefined || row.fault.includes(values.only);
  const rows = (values.real ? REAL_ROWS : CHAPTERS.flatMap((chapter) => chapter.rows)).filter(wanted);
  const played = values.real
    ? await playRows(rows, REAL, beside, announce)
    : await playRows(rows, VIRTUAL, 1, announce);
  const seconds = Math.round((performance.now() - start) / 1000);
  const failed = [...played.values()].filter(({ problems }) => problems.length > 0).length;
  console.log(`${played.size} rows, ${failed} failed, ${seconds} s`);
  if (failed > 0) {
    process.exitCode = 1;
  } else if (values.only === undefined) {
    const page = values.real ? REAL_PAGE : PAGE;
    const markdown = values.real ? renderRealMatrix(chaptersOf(played), CHAPTERS) : renderMatrix(chaptersOf(played));
    await writeFile(path.join(ROOT, page), await formatPage(page, markdown));
    console.log(`wrote ${page}`);
  }
}

if (process.argv[1] === import.meta.filename) await runCommand('npm run fault-matrix', USAGE, main);
