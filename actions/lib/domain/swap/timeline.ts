import { cell } from './cells.ts';
import type { SwapResult } from './result.ts';
import type { SwapPhase } from './state.ts';

/** The timeline of a swap as a Mermaid gantt chart, in Markdown lines; none where nothing happened. */
export function renderTimeline(result: SwapResult): string[] {
  const bars = result.transitions.flatMap(({ at, phase }, index) => {
    if (END_PHASES.has(phase)) return [];
    const until = result.transitions[index + 1]?.at ?? result.endedAt;
    const mark = FAILING.has(phase) ? 'crit, ' : '';
    // A bar of no length is not drawn.
    return [`    ${LABELS[phase]} :${mark}${at}, ${Math.max(until, at + 1)}`];
  });
  const stages = stageBars(result);
  if (bars.length === 0) return [];
  return [
    '### Timeline',
    '',
    '```mermaid',
    'gantt',
    '    dateFormat x',
    '    axisFormat %H:%M:%S',
    '    section Swap',
    ...bars,
    ...(stages.length === 0 ? [] : ['    section Endpoint', ...stages]),
    '```',
    '',
    '| at | state | reason |',
    '|---|---|---|',
    ...result.transitions.map(
      ({ at, phase, reason }) => `| +${((at - result.startedAt) / 1000).toFixed(1)} s | ${phase} | ${cell(reason)} |`,
    ),
    '',
  ];
}

/** Green's share of the traffic over time, in Markdown lines: one row per change. */
export function renderTraffic(result: SwapResult): string[] {
  const changes = result.samples.filter(
    ({ greenShare }, index) => index === 0 || greenShare !== result.samples[index - 1]?.greenShare,
  );
  if (changes.length < 2) return [];
  return [
    '### Traffic',
    '',
    `Share of the traffic that release \`${result.release}\` had, as far as the endpoint's stages tell:`,
    '',
    '| at | share | |',
    '|---|---:|---|',
    ...changes.map(({ at, greenShare }) => {
      const percent = Math.round(greenShare * 100);
      const bar = '█'.repeat(Math.round(percent / 5)).padEnd(20, '░');
      return `| +${((at - result.startedAt) / 1000).toFixed(1)} s | ${percent} % | \`${bar}\` |`;
    }),
    '',
  ];
}

function stageBars(result: SwapResult): string[] {
  const bars: { label: string; from: number; until: number }[] = [];
  for (const { at, status, stage } of result.samples) {
    const label = (stage === '' ? status : stage).replaceAll(/[:;#,]/g, ' ');
    const last = bars.at(-1);
    if (last?.label === label) last.until = at;
    else {
      if (last !== undefined) last.until = at;
      bars.push({ label, from: at, until: result.endedAt });
    }
  }
  return bars.map(({ label, from, until }) => `    ${label} :${from}, ${Math.max(until, from + 1)}`);
}

const LABELS: Readonly<Record<SwapPhase, string>> = {
  starting: 'starting',
  waiting: 'waiting for something else',
  requesting: 'asking for the update',
  updating: 'updating',
  aborting: 'aborting the update',
  verifying: 'verifying',
  confirming: 'confirming',
  'rolling-back': 'rolling back',
  'proving-blue': 'proving the release before',
  promoted: 'promoted',
  'rolled-back': 'rolled back',
  inconclusive: 'inconclusive',
  stuck: 'stuck',
  refused: 'refused',
  interrupted: 'interrupted',
};

const FAILING: ReadonlySet<SwapPhase> = new Set(['aborting', 'rolling-back', 'proving-blue']);
const END_PHASES: ReadonlySet<SwapPhase> = new Set([
  'promoted',
  'rolled-back',
  'inconclusive',
  'stuck',
  'refused',
  'interrupted',
]);
