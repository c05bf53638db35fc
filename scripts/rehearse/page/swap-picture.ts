import { html } from 'hono/html';
import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';

/** One answer to a caller during a swap; `release` is null where the request failed. */
interface CallerAnswer {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly release: string | null;
  readonly milliseconds: number;
  readonly isWrong: boolean;
}

/** A moment of a swap that a person should see. */
export interface Moment {
  readonly at: number;
  readonly kind: 'alarm' | 'decision';
  readonly text: string;
}

/** What a picture of a swap is made of. */
export interface SwapSeries {
  readonly title: string;
  readonly answers: readonly CallerAnswer[];
  /** When the deployment asked its probes, in milliseconds since the Unix epoch. */
  readonly probes: readonly number[];
  readonly moments: readonly Moment[];
}

const WIDTH = 800;
const [TOP, BOTTOM, LEFT] = [10, 130, 60];
const COLUMNS = 120;
const PROBES_AT = 134;
/** Lines of moments are numbered; their texts are listed below the picture. */
const NUMBERS_AT = 155;
const LATENCY = { top: 170, bottom: 240 } as const;
const TICKS_AT = 260;

/**
 * A swap over one time axis: the share of the answers by release, failed requests and wrong answers, probes, alarms and
 * decisions, and the latency of each release; with its text.
 */
export function renderSwapPicture({ title, answers, probes, moments }: SwapSeries): ReturnType<typeof html> {
  const times = [...answers, ...moments].map(({ at }) => at);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const x = scaleLinear([start, end], [LEFT, WIDTH - 10]);
  const y = scaleLinear([0, 1], [BOTTOM, TOP]);
  const releases = [...new Set(answers.flatMap(({ release }) => release ?? []))];
  const shares = sharesOf(answers, releases, start, end);
  const layers = releases.map((release, index) => {
    const below = (share: Share): number =>
      releases.slice(0, index).reduce((sum, other) => sum + (share.of.get(other) ?? 0), 0);
    const draw = area<Share>()
      .x(({ at }) => x(at))
      .y0((share) => y(below(share)))
      .y1((share) => y(below(share) + (share.of.get(release) ?? 0)))
      .curve(curveStepAfter);
    return html`<path
      class="release-${String(index % 3)}"
      d="${(draw([...shares]) ?? '').replaceAll(/\.(\d)\d+/g, '.$1')}"
    />`;
  });
  const failed = answers.filter(({ release }) => release === null);
  const wrong = answers.filter(({ isWrong }) => isWrong);
  const latencies = releases.map((release) => latencyOf(answers, release, start, end));
  const slowest = Math.max(1, ...latencies.flat().map(({ milliseconds }) => milliseconds));
  const height = scaleLinear([0, slowest], [LATENCY.bottom, LATENCY.top]);
  const lines = latencies.map((points, index) => {
    const draw = line<Latency>()
      .x(({ at }) => x(at))
      .y(({ milliseconds }) => height(milliseconds));
    return html`<path
      class="line-${String(index % 3)}"
      d="${(draw([...points]) ?? '').replaceAll(/\.(\d)\d+/g, '.$1')}"
    />`;
  });
  const marks = moments.map(({ at, kind }) => {
    const place = x(at).toFixed(1);
    return html`<line class="${kind}" x1="${place}" x2="${place}" y1="${String(TOP)}" y2="${String(BOTTOM)}" />`;
  });
  const numbers = numbersOf(moments.map(({ at }) => x(at))).map(
    ({ place, label }) =>
      html`<text x="${place.toFixed(1)}" y="${String(NUMBERS_AT)}" text-anchor="middle">${label}</text>`,
  );
  const ticks = scaleLinear([0, (end - start) / 1000], x.range())
    .ticks(6)
    .map(
      (seconds) =>
        html`<text x="${x(start + 1000 * seconds).toFixed(1)}" y="${String(TICKS_AT)}" text-anchor="middle"
          >+${String(seconds)} s</text
        >`,
    );
  const text = `${title}: failed requests (circles): ${String(failed.length)}; wrong answers (squares): ${String(wrong.length)}; probes (below): ${String(probes.length)}; answers by ${releases.map((release) => `${release} (${String(answers.filter((answer) => answer.release === release).length)})`).join(', ')}.`;
  return html`<figure>
    <svg class="swap" role="img" aria-label="${text}" viewBox="0 0 ${String(WIDTH)} ${String(TICKS_AT + 6)}">
      ${layers}
      <text x="${String(LEFT - 4)}" y="${String(TOP + 8)}" text-anchor="end">100 %</text>
      <text x="${String(LEFT - 4)}" y="${String(BOTTOM)}" text-anchor="end">0 %</text>
      ${failed.map(({ at }) => html`<circle class="bad" cx="${x(at).toFixed(1)}" cy="${String(BOTTOM - 6)}" r="3" />`)}
      ${wrong.map(({ at }) => html`<rect class="bad" x="${(x(at) - 3).toFixed(1)}" y="${String(TOP + 3)}" width="6" height="6" />`)}
      ${probes.map((at) => html`<rect class="probe" x="${x(at).toFixed(1)}" y="${String(PROBES_AT)}" width="1" height="6" />`)}
      ${marks} ${numbers} ${lines}
      <text x="${String(LEFT - 4)}" y="${String(LATENCY.top + 4)}" text-anchor="end">${slowest.toFixed(0)} ms</text>
      <text x="${String(LEFT - 4)}" y="${String(LATENCY.bottom)}" text-anchor="end">0</text>
      ${ticks}
    </svg>
    <figcaption>
      <p>
        ${releases.map((release, index) => html`<span class="key release-${String(index % 3)}"></span>${release} `)}–
        share of the answers to callers, and the median time of each release below. ${text}
      </p>
      ${
        moments.length === 0
          ? ''
          : html`<ol>
              ${moments.map(({ at, kind, text: what }) => html`<li>+${((at - start) / 1000).toFixed(1)} s, ${kind}: ${what}</li>`)}
            </ol>`
      }
    </figcaption>
  </figure>`;
}

// Of two digits, with room between them.
const NUMBER_WIDTH = 22;

/** The numbers of moments by their places; those that would cover each other share one label. */
function numbersOf(places: readonly number[]): readonly { readonly place: number; readonly label: string }[] {
  const groups: { readonly first: number; last: number; readonly place: number }[] = [];
  for (const [index, place] of places.entries()) {
    const group = groups.at(-1);
    if (group !== undefined && place - group.place < NUMBER_WIDTH) group.last = index;
    else groups.push({ first: index, last: index, place });
  }
  return groups.map(({ first, last, place }) => ({
    place,
    label: first === last ? String(first + 1) : `${String(first + 1)}–${String(last + 1)}`,
  }));
}

interface Latency {
  readonly at: number;
  readonly milliseconds: number;
}

/** The median time of a release's answers, in columns of equal time; those without answers are left out. */
function latencyOf(answers: readonly CallerAnswer[], release: string, start: number, end: number): readonly Latency[] {
  const length = Math.max(1, (end - start) / COLUMNS);
  const columns = new Map<number, number[]>();
  for (const answer of answers) {
    if (answer.release !== release) continue;
    const column = Math.floor((answer.at - start) / length);
    columns.set(column, [...(columns.get(column) ?? []), answer.milliseconds]);
  }
  return [...columns].map(([column, times]) => {
    const sorted = times.toSorted((a, b) => a - b);
    return { at: start + column * length, milliseconds: sorted[Math.floor(sorted.length / 2)] ?? 0 };
  });
}

interface Share {
  readonly at: number;
  /** By release, 0 to 1. */
  readonly of: ReadonlyMap<string, number>;
}

/** The share of the answers that each release gave, in columns of equal time; a column without answers repeats the last. */
function sharesOf(
  answers: readonly CallerAnswer[],
  releases: readonly string[],
  start: number,
  end: number,
): readonly Share[] {
  const length = Math.max(1, (end - start) / COLUMNS);
  const columns = Array.from({ length: COLUMNS + 1 }, () => new Map<string, number>());
  for (const { at, release } of answers) {
    const column = columns[Math.floor((at - start) / length)];
    if (release !== null) column?.set(release, (column.get(release) ?? 0) + 1);
  }
  let last: ReadonlyMap<string, number> = new Map();
  return columns.map((counts, index) => {
    const sum = [...counts.values()].reduce((total, count) => total + count, 0);
    if (sum > 0) last = new Map(releases.map((release) => [release, (counts.get(release) ?? 0) / sum]));
    return { at: start + index * length, of: last };
  });
}
