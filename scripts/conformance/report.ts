import type { BareResult } from './bare.ts';
import type { Protocol, ServedCase } from './served.ts';

/** One case: with onnxruntime-node alone and, where that passed, through the server. */
export interface CaseOutcome {
  readonly name: string;
  readonly bare: BareResult;
  readonly served?: ServedCase;
}

const protocols: readonly Protocol[] = ['json', 'binary'];

/** The table by group of cases, the failures with their reasons, and how many cases fail that onnxruntime-node alone passes. */
export function renderReport(outcomes: readonly CaseOutcome[]): { text: string; failed: number } {
  const groups = [...new Set(outcomes.map(({ name }) => groupOf(name)))].sort();
  const rows = groups.map((group) =>
    renderRow(
      group,
      outcomes.filter(({ name }) => groupOf(name) === group),
    ),
  );
  const failures = outcomes
    .flatMap(({ name, served }) =>
      protocols.flatMap((protocol) => {
        const result = served?.[protocol];
        return result?.kind === 'failed' ? [`  ${name} (${protocol}): ${result.reason}`] : [];
      }),
    )
    .sort();
  const failed = outcomes.filter(
    ({ served }) => served !== undefined && protocols.some((protocol) => served[protocol].kind === 'failed'),
  ).length;
  const lines = [
    '',
    '| cases | all | onnxruntime-node alone | server, v2 JSON | server, v2 binary | JSON identical to the bit | binary identical to the bit |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    renderRow('**all**', outcomes),
    '',
    ...(failures.length === 0
      ? ['Every case that onnxruntime-node passes, the server passes.']
      : ['Passed by onnxruntime-node, failed by the server:', ...failures]),
  ];
  return { text: lines.join('\n'), failed };
}

function groupOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function renderRow(label: string, outcomes: readonly CaseOutcome[]): string {
  const count = (holds: (outcome: CaseOutcome) => boolean): number => outcomes.filter(holds).length;
  const identical = (protocol: Protocol): number =>
    count(({ served }) => served?.[protocol].kind === 'passed' && served[protocol].identicalToBare);
  const cells = [
    label,
    outcomes.length,
    count(({ bare }) => bare.kind === 'passed'),
    ...protocols.map((protocol) => count(({ served }) => served?.[protocol].kind === 'passed')),
    ...protocols.map(identical),
  ];
  return `| ${cells.join(' | ')} |`;
}
