import { html } from 'hono/html';
import { scaleBand, scaleSymlog } from 'd3-scale';
import { renderDocument, type Html } from '../page/document.ts';
import { STYLE } from '../page/style.ts';
import { reviewHeadline, reviewLead, shortNumber } from './render.ts';
import { hasSameAnswers } from './review.ts';
import type { ModelReview, MovedRow, ReviewSummary } from './summary.ts';

const OWN_STYLE = `
figure{margin:.75rem 0;max-width:36rem}
svg.plot{height:auto;margin:0}svg text{fill:var(--ink);font:11px system-ui,sans-serif}
svg.plot .over{fill:var(--bad-fill)}svg.plot .within{fill:var(--good-fill)}svg.plot line{stroke:var(--line)}
td.bar{min-width:6rem}td.bar span{display:block;height:1rem;background:var(--link)}
td,th{overflow-wrap:break-word}
td.number{text-align:right;font-variant-numeric:tabular-nums}
`;

/** A review as one HTML page, which loads nothing and runs no script. Texts of the models are shown as text. */
export function renderReviewPage(summary: Pick<ReviewSummary, 'service' | 'result'>): string {
  const { service, result } = summary;
  const [first = '', ...rest] = result.kind === 'compared' ? reviewLead(result.review) : [reviewHeadline(summary)];
  const isSame = result.kind === 'compared' && hasSameAnswers(result.review) && result.review.exceeded.length === 0;
  return renderDocument({
    title: `Model review: ${service}`,
    style: STYLE + OWN_STYLE,
    header: html`<p class="${isSame ? 'good' : 'bad'}">${inline(first)}</p>`,
    main: html`${
      rest.length === 0
        ? ''
        : html`<ul>
            ${rest.map((line) => html`<li>${inline(line)}</li>`)}
          </ul>`
    }
    ${result.kind === 'compared' ? renderCompared(result.review) : html`<p><code>${result.detail}</code></p>`}`,
  });
}

/** The code spans of a line in HTML; all else is text. */
function inline(line: string): readonly (string | Html)[] {
  const parts: (string | Html)[] = [];
  let end = 0;
  for (const match of line.matchAll(/(?<!`)(`+)( ?)([^]*?[^`])\2\1(?!`)/g)) {
    parts.push(line.slice(end, match.index), html`<code>${match[3] ?? ''}</code>`);
    end = match.index + match[0].length;
  }
  return [...parts, line.slice(end)];
}

function renderCompared(review: ModelReview): Html {
  const { scores, transitions, changedLabelCount, moved, refusedNow, otherForm, base, head, latency } = review;
  const decisions = [...new Set([...Object.keys(base.decisions), ...Object.keys(head.decisions)])];
  const facts = [
    ['size in MB', shortNumber(base.bytes / 1e6), shortNumber(head.bytes / 1e6)],
    ...(latency === null ? [] : [['median of a request in ms', shortNumber(latency.base), shortNumber(latency.head)]]),
    ...decisions.map((name) => [name, base.decisions[name] ?? 'none', head.decisions[name] ?? 'none']),
  ];
  return html`${scores.largest === 0 ? '' : renderHistogram(review)}
  ${
    changedLabelCount === 0
      ? ''
      : section('Labels that change', ['before', 'after', 'rows', ''], transitionRows(transitions))
  }
  ${section(
    'Rows that differ most',
    ['row', 'from', 'label', 'score', 'moves by'],
    moved.map((row) => textCells(movedCells(row))),
  )}
  ${section(
    'Rows that are refused now, or have an answer of another form',
    ['row', 'from', 'answer'],
    [...refusedNow.shown, ...otherForm.shown].map(({ name, origin, detail }) => textCells([name, origin, detail])),
  )}
  ${section(
    'Both models',
    ['', 'before', 'after'],
    [
      html`<td>digest</td>
        <td><code>${base.digest}</code></td>
        <td><code>${head.digest}</code></td>`,
      ...facts.map(textCells),
    ],
  )}
  ${section(
    'Where the rows come from',
    ['origin', 'rows'],
    Object.entries(review.rows).map(([origin, count]) => textCells([origin, String(count)])),
  )}`;
}

function movedCells({ name, origin, labels, labelCount, largest, move }: MovedRow): readonly string[] {
  const changes = labels.map(({ at, before, after }) => `${at}: ${before} → ${after}`);
  const more = labelCount > labels.length ? [`and ${String(labelCount - labels.length)} more`] : [];
  return [
    ...[name, origin, [...changes, ...more].join(', ')],
    move === null ? '' : `${move.at}: ${shortNumber(move.before)} → ${shortNumber(move.after)}`,
    largest === 0 ? '' : shortNumber(largest),
  ];
}

function textCells(cells: readonly string[]): Html {
  return html`${cells.map((cell) => html`<td>${cell}</td>`)}`;
}

/** A table under its heading; nothing where it has no row. */
function section(title: string, head: readonly string[], rows: readonly Html[]): Html {
  if (rows.length === 0) return html``;
  return html`<h2>${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${head.map((cell) => (cell === '' ? html`<td></td>` : html`<th scope="col">${cell}</th>`))}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${cells}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function transitionRows(transitions: ModelReview['transitions']): readonly Html[] {
  const most = Math.max(1, ...transitions.map(({ count }) => count));
  return transitions.map(
    ({ before, after, count }) =>
      html`<td><code>${before}</code></td>
        <td><code>${after}</code></td>
        <td class="number">${String(count)}</td>
        <td class="bar" aria-hidden="true"><span style="width:${((100 * count) / most).toFixed(1)}%"></span></td>`,
  );
}

// Narrow, so that its texts can be read on a telephone.
const [WIDTH, TOP, BOTTOM, LEFT] = [360, 18, 150, 40];
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** How many rows have their largest distance in each decade. The axis is logarithmic, so that one row in 10,000 is seen. */
function renderHistogram({ histogram, comparedCount, tolerance }: ModelReview): Html {
  const bars = histogram.map(({ upTo, count }) => ({
    count,
    label: upTo === 0 ? 'equal' : upTo === Infinity ? 'more' : powerOfTen(upTo),
    tone: upTo <= tolerance ? 'within' : 'over',
  }));
  const x = scaleBand(
    bars.map(({ label }) => label),
    [LEFT, WIDTH],
  ).padding(0.15);
  const y = scaleSymlog([0, comparedCount], [BOTTOM, TOP]);
  const ticks = [1, 10, 100, 1000, 10_000, 100_000].filter((tick) => tick <= comparedCount);
  const middle = (label: string): string => ((x(label) ?? 0) + x.bandwidth() / 2).toFixed(1);
  const text = bars
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${label}: ${String(count)}`)
    .join('; ');
  return html`<h2>How far scores move</h2>
    <figure>
      <svg
        class="plot"
        role="img"
        aria-label="Rows by the largest distance of a score. ${text}"
        viewBox="0 0 ${String(WIDTH)} 170"
      >
        ${ticks.map(
          (tick) =>
            html`<line
                x1="${String(LEFT)}"
                x2="${String(WIDTH)}"
                y1="${y(tick).toFixed(1)}"
                y2="${y(tick).toFixed(1)}"
              /><text x="${String(LEFT - 4)}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${String(tick)}</text>`,
        )}
        ${bars.map(
          ({ label, count, tone }) =>
            html`<rect
                class="${tone}"
                x="${(x(label) ?? 0).toFixed(1)}"
                width="${x.bandwidth().toFixed(1)}"
                y="${y(count).toFixed(1)}"
                height="${(BOTTOM - y(count)).toFixed(1)}"
              /><text x="${middle(label)}" y="${(y(count) - 3).toFixed(1)}" text-anchor="middle"
                >${count === 0 ? '' : String(count)}</text
              ><text x="${middle(label)}" y="164" text-anchor="middle">${label}</text>`,
        )}
      </svg>
      <figcaption class="soft">
        Rows by the largest distance of a score, on a logarithmic axis; each bar up to the power of ten below it, 10⁰ is
        1; green is within the tolerance of ${String(tolerance)}. ${text}.
      </figcaption>
    </figure>`;
}

function powerOfTen(value: number): string {
  const exponent = Math.round(Math.log10(value));
  return `10${exponent < 0 ? '⁻' : ''}${SUPERSCRIPTS[Math.abs(exponent)] ?? ''}`;
}
