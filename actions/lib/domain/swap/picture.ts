import type { SwapResult } from './result.ts';

/** Most columns of the chart: more are not legible. */
const MOST_COLUMNS = 30;

/**
 * A swap over one time axis as a Mermaid chart, in Markdown lines, with the same in words; none where green's share of the
 * traffic never changed and no probe was answered. All of it is in percent.
 */
export function renderPicture({ release, samples, probes, startedAt, endedAt }: SwapResult): string[] {
  const ticks = probes?.ticks ?? [];
  const changes = samples.filter(({ greenShare }, index) => greenShare !== samples[index - 1]?.greenShare);
  if (changes.length < 2 && ticks.length < 2) return [];
  const columns = Math.min(MOST_COLUMNS, Math.max(2, samples.length, ticks.length));
  const length = Math.max(1, endedAt - startedAt) / columns;
  const columnOf = (at: number): number => Math.min(columns - 1, Math.max(0, Math.floor((at - startedAt) / length)));
  const asked = Array.from({ length: columns }, () => ({ all: 0, green: 0, failed: 0 }));
  for (const { at, answered, failed } of ticks) {
    const column = asked[columnOf(at)];
    if (column === undefined) continue;
    column.all += answered.green + answered.blue + answered.unnamed;
    column.green += answered.green;
    column.failed += failed.green + failed.unnamed;
  }
  const shares = asked.map((_, index) => {
    const until = startedAt + (index + 1) * length;
    return samples.findLast(({ at }) => at <= until)?.greenShare ?? 0;
  });
  const line = (values: readonly number[]): string => values.map((value) => Math.round(value * 100)).join(', ');
  const share = (pick: 'green' | 'failed'): string =>
    line(asked.map((column) => column[pick] / Math.max(1, column.all)));
  const times = asked.map((_, index) => `"${String(Math.round((index * length) / 1000))}"`);
  const series = ["the first line is green's share of the traffic, as far as the endpoint's stages tell"];
  if (ticks.length > 0)
    series.push("the second is green's share of the probes' answers, the bars are wrong or failed answers");
  return [
    '### Traffic and probes',
    '',
    `In percent, over the seconds since the start: ${series.join('; ')}.`,
    '',
    '```mermaid',
    'xychart-beta',
    `    x-axis [${times.join(', ')}]`,
    '    y-axis "percent" 0 --> 100',
    ...(ticks.length === 0 ? [] : [`    bar [${share('failed')}]`]),
    `    line [${line(shares)}]`,
    ...(ticks.length === 0 ? [] : [`    line [${share('green')}]`]),
    '```',
    '',
    `Release \`${release}\` had ${changes.map(({ at, greenShare }) => `${String(Math.round(greenShare * 100))} % of the traffic from +${((at - startedAt) / 1000).toFixed(1)} s`).join(', ')}.`,
    '',
  ];
}
