import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { ROOT } from '../../build.ts';
import { parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../../command-line.ts';
import { startDeploymentsGithub } from '../../testing/deployments-github.ts';
import { renderMatrix, renderRealMatrix, renderRow, type ChapterResults, type RenderedRow } from './render.ts';
import { runRow, type Row, type Mode } from './harness/row.ts';
import { CHAPTERS } from './rows/chapters.ts';
import { REAL, underProfile, VIRTUAL } from './harness/modes.ts';
import { DEFAULT_PROFILE, PROFILE_NAMES, type ProfileName } from './harness/profiles.ts';
import type { MatrixFixture } from './harness/fixture.ts';

/** The pages that the matrix writes, from the root of the repository. */
export const PAGE = 'docs/fault-matrix.md';
export const REAL_PAGE = 'docs/fault-matrix-real.md';

/** Runs rows, so many at a time; `onRow` is called after each. */
export async function runRows<Fixture extends MatrixFixture>(
  rows: readonly Row[],
  mode: Mode<Fixture>,
  beside: number,
  onRow: (row: RenderedRow) => void,
): Promise<ReadonlyMap<Row, RenderedRow>> {
  const finished = new Map<Row, RenderedRow>();
  const waiting = [...rows];
  const runWaiting = async (): Promise<void> => {
    const github = await startDeploymentsGithub();
    try {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const rendered = await runOne(row, mode, github);
        finished.set(row, rendered);
        onRow(rendered);
      }
    } finally {
      await github.close();
    }
  };
  await Promise.all(Array.from({ length: beside }, runWaiting));
  return finished;
}

async function runOne<Fixture extends MatrixFixture>(
  row: Row,
  mode: Mode<Fixture>,
  github: Awaited<ReturnType<typeof startDeploymentsGithub>>,
): Promise<RenderedRow> {
  let rendered: RenderedRow | undefined;
  await runRow(row, mode, github, async (result) => {
    const shown = renderRow(result);
    try {
      await row.then?.(result.fixture, result.last);
      rendered = shown;
    } catch (error) {
      rendered = { ...shown, problems: [...shown.problems, String(error)] };
    }
    if (rendered.problems.length > 0 && mode.kind === 'real') console.error(result.last.log.join('\n'));
  });
  if (rendered === undefined) throw new Error(`the row "${row.fault}" did not run`);
  return rendered;
}

/** Every chapter with its rows that have run. */
export function chaptersOf(finished: ReadonlyMap<Row, RenderedRow>): readonly ChapterResults[] {
  return CHAPTERS.map(({ title, rows }) => ({ title, rows: rows.flatMap((row) => finished.get(row) ?? []) }));
}

/** The page's text, formatted as the repository's files are. */
export async function formatPage(page: string, markdown: string): Promise<string> {
  const options = await prettier.resolveConfig(page);
  return await prettier.format(markdown, { ...options, parser: 'markdown' });
}

/** The rows that can run with real processes. */
export const REAL_ROWS: readonly Row[] = CHAPTERS.flatMap(({ rows }) => rows).filter(
  ({ real }) => real?.impossible === undefined,
);

function announce({ fault, outcome, serves, exitCode, deployment, problems }: RenderedRow): void {
  const mark = problems.length === 0 ? 'ok  ' : 'FAIL';
  console.log(`${mark} ${fault} -> ${outcome}, ${serves} serves, exit ${exitCode}, deployment ${deployment}`);
  for (const problem of problems) console.log(`       ${problem}`);
}

const USAGE = `usage: npm run fault-matrix -- [--real] [--profile NAME] [--only TEXT] [--beside N]\nprofiles: ${PROFILE_NAMES.join(', ')}`;

function parseProfile(name: string): ProfileName {
  const profile = PROFILE_NAMES.find((known) => known === name);
  if (profile !== undefined) return profile;
  throw new UsageError({
    what: 'There is no such profile',
    expected: `one of ${PROFILE_NAMES.join(', ')}`,
    found: name,
  });
}

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: {
      real: { type: 'boolean', default: false },
      profile: { type: 'string', default: DEFAULT_PROFILE },
      only: { type: 'string' },
      beside: { type: 'string' },
    },
  });
  const beside = parseWholeNumber('--beside', values.beside ?? '3', 1);
  const start = performance.now();
  const wanted = (row: Row): boolean => values.only === undefined || row.fault.includes(values.only);
  const rows = (values.real ? REAL_ROWS : CHAPTERS.flatMap((chapter) => chapter.rows)).filter(wanted);
  if (rows.length === 0) {
    throw new UsageError({
      what: '--only matches no row',
      expected: 'a text in the name of a fault',
      found: values.only ?? '',
    });
  }
  const profile = parseProfile(values.profile);
  const finished = values.real
    ? await runRows(rows, underProfile(REAL, profile), beside, announce)
    : await runRows(rows, underProfile(VIRTUAL, profile), 1, announce);
  const seconds = Math.round((performance.now() - start) / 1000);
  const failed = [...finished.values()].filter(({ problems }) => problems.length > 0).length;
  console.log(`${finished.size} rows, ${failed} failed, ${seconds} s`);
  if (failed > 0) {
    process.exitCode = 1;
  } else if (values.only === undefined && profile === DEFAULT_PROFILE) {
    const page = values.real ? REAL_PAGE : PAGE;
    const markdown = values.real
      ? renderRealMatrix(chaptersOf(finished), CHAPTERS)
      : renderMatrix(chaptersOf(finished));
    await writeFile(path.join(ROOT, page), await formatPage(page, markdown));
    console.log(`wrote ${page}`);
  }
}

if (process.argv[1] === import.meta.filename) await runCommand('npm run fault-matrix', USAGE, main);
