import { ANSWERERS, type ProbeReport, type TickSample } from '../probe/report.ts';
import { oneLine } from './cells.ts';

const NAMES = { green: 'green', blue: 'blue', unnamed: 'names no release, or none came' } as const;
/** Most bars of a chart: more are not legible. */
const MOST_BARS = 30;

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
    ...renderAnswers(ticks),
  ];
}

/** Answers over time, as a Mermaid chart: lines are green and blue, bars are what was wrong. */
function renderAnswers(ticks: readonly TickSample[]): string[] {
  const [first] = ticks;
  if (first === undefined || ticks.length < 2) return [];
  const size = Math.ceil(ticks.length / MOST_BARS);
  const groups = Array.from({ length: Math.ceil(ticks.length / size) }, (_, index) =>
    ticks.slice(index * size, (index + 1) * size),
  );
  const sum = (pick: (tick: TickSample) => number): string =>
    groups.map((group) => group.reduce((total, tick) => total + pick(tick), 0)).join(', ');
  const times = groups.map((group) => Math.round(((group[0]?.at ?? first.at) - first.at) / 1000));
  return [
    'Answers over time, in seconds since the first round; the first line is green, the second blue, the bars are wrong or failed:',
    '',
    '```mermaid',
    'xychart-beta',
    `    x-axis [${times.map((time) => `"${time}"`).join(', ')}]`,
    '    y-axis "answers"',
    `    bar [${sum(({ failed }) => failed.green + failed.unnamed)}]`,
    `    line [${sum(({ answered }) => answered.green)}]`,
    `    line [${sum(({ answered }) => answered.blue)}]`,
    '```',
    '',
  ];
}
