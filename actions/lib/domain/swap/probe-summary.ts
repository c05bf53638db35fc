import { ANSWERERS, type ProbeReport } from '../probe/report.ts';
import { oneLine } from './cells.ts';

const NAMES = { green: 'green', blue: 'blue', unnamed: 'names no release, or none came' } as const;

/** What the probes of a swap saw, in Markdown lines. */
export function renderProbes(probes: ProbeReport): string[] {
  const { comparison, gap, asked, notAsked, answered, failed, p50Milliseconds, p99Milliseconds, pairs, ticks } = probes;
  const milliseconds = (by: (typeof ANSWERERS)[number], values: ProbeReport['p50Milliseconds']): string => {
    const value = by === 'unnamed' ? null : values[by];
    return value === null ? '–' : `${value} ms`;
  };
  return [
    '### Probes',
    '',
    `Green beside blue: **${comparison.verdict}**: ${oneLine(comparison.reason)}.`,
    '',
    `${asked} questions in ${ticks.length} rounds, ${notAsked} of which did not reach the endpoint; ${pairs} pairs of answers to the same question.${gap === null ? '' : ` ${oneLine(gap)}.`}`,
    '',
    '| answered by | answers | wrong or failed | p50 | p99 |',
    '|---|---:|---:|---:|---:|',
    ...ANSWERERS.map(
      (by) =>
        `| ${NAMES[by]} | ${answered[by]} | ${failed[by]} | ${milliseconds(by, p50Milliseconds)} | ${milliseconds(by, p99Milliseconds)} |`,
    ),
    '',
  ];
}
