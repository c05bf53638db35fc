import { checkAgreement } from './agreement.ts';
import type { RowResult } from './row.ts';

/** What the table says about a row: only what is the same in every run. */
export interface RenderedRow {
  readonly fault: string;
  readonly outcome: string;
  readonly serves: string;
  readonly exitCode: string;
  readonly deployment: string;
  readonly updates: number;
  /** What contradicts the row or itself; nothing where all is well. */
  readonly problems: readonly string[];
}

/** A row's result as the table shows it, with whatever is wrong with it. */
export function renderRow(result: RowResult): RenderedRow {
  const { row, outcome, serves, deployment, updates, last } = result;
  const ended = { outcome, serves, deployment, updates };
  const wrong = Object.entries(row.ends).filter(([name, expected]) => Reflect.get(ended, name) !== expected);
  const text = [...last.log, last.summary].join('\n');
  return {
    fault: row.fault,
    outcome,
    serves,
    exitCode: String(last.exitCode),
    deployment: deployment ?? 'none',
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

/** The fault matrix as a Markdown page. */
export function renderMatrix(
  chapters: readonly { readonly title: string; readonly rows: readonly RenderedRow[] }[],
): string {
  const count = chapters.reduce((sum, { rows }) => sum + rows.length, 0);
  return [
    '# Fault matrix',
    '',
    '<!-- Made by `npx tsx scripts/rehearse/fault-matrix/main.ts`; a test compares. -->',
    '',
    `${count} faults, each played by the actions' own code against the local AWS on a virtual clock. \`blue\` serves when a`,
    'row begins, `green` is to be deployed, `old` was verified before blue. In every row the end state, the exit code, the',
    'status of the GitHub deployment and the job summary agree, and no secret is shown. "Serves" are the releases whose',
    'instances had traffic at the end; "updates" are the UpdateEndpoint calls that SageMaker accepted, over all runs of the',
    'row. What these rows do not show: that Amazon SageMaker behaves as the local AWS does.',
    ...chapters.flatMap(({ title, rows }) => [
      '',
      `## ${title}`,
      '',
      '| fault | outcome | serves | exit code | deployment | updates |',
      '| --- | --- | --- | --: | --- | --: |',
      ...rows.map(
        ({ fault, outcome, serves, exitCode, deployment, updates }) =>
          `| ${fault.replaceAll('|', '\\|')} | ${outcome} | ${serves} | ${exitCode} | ${deployment} | ${updates} |`,
      ),
    ]),
    '',
  ].join('\n');
}
