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
    '    section Decisions',
    ...result.transitions.map(({ at, phase }) => `    ${LABELS[phase]} :milestone, ${at}, ${at}`),
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
