import { checkAgreement } from './agreement.ts';
import type { Row, RowResult } from './harness/row.ts';

/** A row of the table: only what is the same in every run. */
export interface RenderedRow {
  readonly fault: string;
  readonly outcome: string;
  readonly serves: string;
  readonly exitCode: string;
  readonly deployment: string;
  readonly updates: number;
  /** What contradicts the expected end, or itself; empty where all agree. */
  readonly problems: readonly string[];
}

/** The results of a chapter's rows. */
export interface ChapterResults {
  readonly title: string;
  readonly rows: readonly RenderedRow[];
}

/** A row's result as the table shows it, with its problems. */
export function renderRow(result: RowResult): RenderedRow {
  const { row, outcome, serves, deployment, updates, last } = result;
  const ended = { outcome, serves, deployment, updates };
  const wrong = Object.entries(row.ends).filter(
    ([name, expected]) => expected !== 'any' && Reflect.get(ended, name) !== expected,
  );
  const text = [...last.log, last.summary].join('\n');
  return {
    fault: row.fault,
    outcome,
    serves,
    exitCode: String(last.exitCode),
    deployment: row.ends.deployment === 'any' ? 'any' : (deployment ?? 'none'),
    updates,
    problems: [
      ...wrong.map(
        ([name, expected]) => `${name} is ${String(Reflect.get(ended, name))}, expected ${String(expected)}`,
      ),
      ...(row.says === undefined || row.says.test(text) ? [] : [`neither log nor summary says ${String(row.says)}`]),
      ...checkAgreement(result),
    ],
  };
}

/** A row as the table shows its expected end. */
export function expectedRow({ fault, ends, isRecorded }: Row): RenderedRow {
  const { outcome, serves, deployment, updates } = ends;
  const exitCode = outcome === 'promoted' && isRecorded !== false ? '0' : '1';
  return { fault, outcome, serves, exitCode, deployment: deployment ?? 'none', updates, problems: [] };
}

/** The fault matrix as a Markdown page. */
export function renderMatrix(chapters: readonly ChapterResults[]): string {
  return [
    '# Fault matrix',
    '',
    '<!-- Made by `npx tsx scripts/rehearse/fault-matrix/main.ts`; a test compares. -->',
    '',
    `${countRows(chapters)} faults, each run by the actions' own code against the local AWS on a virtual clock. \`blue\` serves when a`,
    'row begins, `green` is to be deployed, `old` was verified before blue. In every row the end state, the exit code, the',
    'ledger, the GitHub deployment and the job summary agree, and no secret is shown. "Serves" are the releases whose',
    'instances had traffic at the end; "updates" are the UpdateEndpoint calls that SageMaker accepted, over all runs of the',
    'row. What these rows do not show: that Amazon SageMaker behaves as the local AWS does.',
    '',
    'The same rows [with real processes](fault-matrix-real.md).',
    ...renderChapters(chapters),
    '',
  ].join('\n');
}

/** The fault matrix with real processes as a Markdown page. */
export function renderRealMatrix(
  chapters: readonly ChapterResults[],
  written: readonly { readonly rows: readonly Row[] }[],
): string {
  const impossible = written
    .flatMap(({ rows }) => rows)
    .flatMap(({ fault, real }) => (real?.impossible === undefined ? [] : [`- ${fault}: ${real.impossible}`]));
  return [
    '# Fault matrix with real processes',
    '',
    '<!-- Made by `npx tsx scripts/rehearse/fault-matrix/main.ts --real`; a test compares. -->',
    '',
    `${countRows(chapters)} rows of the [fault matrix](fault-matrix.md), run by the committed bundles, each a process as a runner`,
    'starts it, against the local GitHub and the local AWS over HTTP. Every instance is a process started from an image that',
    'was pushed; signals are signals; emulated waits pass 300 times faster unless a row needs more time. Where an end differs',
    'from the one on the virtual clock, the update went on while nobody watched it.',
    ...renderChapters(chapters),
    ...(impossible.length === 0 ? [] : ['', '## Only on the virtual clock', '', ...impossible]),
    '',
  ].join('\n');
}

function countRows(chapters: readonly ChapterResults[]): number {
  return chapters.reduce((sum, { rows }) => sum + rows.length, 0);
}

function renderChapters(chapters: readonly ChapterResults[]): readonly string[] {
  return chapters.flatMap(({ title, rows }) => [
    '',
    `## ${title}`,
    '',
    '| fault | outcome | serves | exit code | deployment | updates |',
    '| --- | --- | --- | --: | --- | --: |',
    ...rows.map(
      ({ fault, outcome, serves, exitCode, deployment, updates }) =>
        `| ${fault.replaceAll('|', '\\|')} | ${outcome} | ${serves} | ${exitCode} | ${deployment} | ${updates} |`,
    ),
  ]);
}
