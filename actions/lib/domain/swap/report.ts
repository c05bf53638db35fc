import type { SmokeReport } from '../smoke/check.ts';
import { cell, oneLine } from './cells.ts';
import { renderProbes } from './probe-summary.ts';
import { renderPicture } from './picture.ts';
import { renderTimeline } from './timeline.ts';
import { isSuccess, type SwapResult } from './result.ts';
import type { EndPhase } from './state.ts';
import { blueStoodUntil } from './way-back.ts';

/** What each end is called, and what a person does next. */
const ENDS: Readonly<Record<EndPhase | 'held', { readonly title: string; readonly next: string | null }>> = {
  promoted: { title: 'promoted', next: null },
  'rolled-back': {
    title: 'rolled back',
    next: 'Find the reason in the timeline and in the logs of the container; release a correction by pull request. Until then `live` in release.json names a release that does not serve: set it back to the one that does. This release was found bad here: to try it again all the same, say after a lack of capacity, run the workflow Deploy with `accept-rejected`.',
  },
  inconclusive: {
    title: 'inconclusive',
    next: 'The new release serves, but the check gave no verdict. Find out why, then run this job again (it only repeats the check), or run the rollback workflow. Where smoke.json was corrected, run the workflow Deploy with `recheck`.',
  },
  stuck: {
    title: 'stuck',
    next: 'A person has to act: see "Stuck endpoint" in docs/runbook.md. The rollback workflow goes to any release that is declared.',
  },
  refused: {
    title: 'refused',
    next: 'Nothing was changed. Remove the cause, then run this job again.',
  },
  held: {
    title: 'held',
    next: 'Terraform is applied, and the endpoint stays on what serves. The error says what lifts the hold; docs/runbook.md has more under "Held".',
  },
  interrupted: {
    title: 'interrupted',
    next: 'Run this job again: it continues from where the endpoint is.',
  },
};

/** The outputs of an action that swaps. */
export function renderSwapOutputs(result: SwapResult): Readonly<Record<string, string>> {
  return {
    outcome: result.outcome,
    cause: result.cause,
    release: result.release,
    'previous-release': result.previousRelease ?? '',
    'serving-release': result.servingRelease ?? '',
    endpoint: result.endpointName,
    image: result.image,
    'deployment-id': result.deployment === null ? '' : String(result.deployment),
  };
}

/** The outputs where a swap was refused before anything was touched. */
export function renderRefusalOutputs(outcome: 'refused' | 'held', cause: string): Readonly<Record<string, string>> {
  return { outcome, cause };
}

/** The job summary where a swap was refused before anything was touched. */
export function renderRefusalSummary(title: string, outcome: 'refused' | 'held', error: string): string {
  // Indented code: nothing in an error's text can end it.
  const quoted = error.split('\n').map((line) => `    ${line}`);
  return [
    `## ${outcome === 'held' ? '⏸️' : '❌'} ${title}: ${ENDS[outcome].title}`,
    '',
    ...quoted,
    '',
    '### What to do next',
    '',
    ENDS[outcome].next ?? '',
    '',
  ].join('\n');
}

/** One line on how a swap ended. */
function renderHeadline(result: SwapResult): string {
  const verb = result.task === 'deploy' ? 'Deployment' : 'Rollback';
  return `${verb} of release ${result.release} to ${result.environment}: ${ENDS[result.outcome].title}`;
}

/** The message of the error that a job ends with, or null where it succeeds. */
export function failureOf(
  result: SwapResult,
): { readonly what: string; readonly found: string; readonly remedy: string } | null {
  if (isSuccess(result)) return null;
  return { what: renderHeadline(result), found: result.cause, remedy: nextStep(result) ?? '' };
}

function nextStep(result: SwapResult): string | null {
  const { next } = ENDS[result.outcome];
  if (next === null && !isSuccess(result)) {
    return 'The release serves and is verified, but the ledger does not say so, and the next deployment would not respect it. Run this very job again, instead of a new one: it checks, records, and changes nothing else.';
  }
  return next;
}

/** The job summary of a swap, as Markdown. */
export function renderSwapSummary(result: SwapResult): string {
  const next = nextStep(result);
  return [
    `## ${isSuccess(result) ? '✅' : result.outcome === 'interrupted' ? '⏸️' : '❌'} ${renderHeadline(result)}`,
    '',
    ...facts(result),
    '',
    ...result.warnings.flatMap((warning) => [`> [!WARNING]`, `> ${oneLine(warning)}`, '']),
    ...(next === null ? [] : ['### What to do next', '', next, '']),
    ...(result.smoke === null ? [] : ['### Smoke test', '', ...renderSmoke(result.smoke), '']),
    ...(result.blueSmoke === null
      ? []
      : ['### The release before, after the rollback', '', ...renderSmoke(result.blueSmoke), '']),
    ...(result.probes === null ? [] : renderProbes(result.probes)),
    ...renderTimeline(result),
    ...renderPicture(result),
  ].join('\n');
}

function facts(result: SwapResult): string[] {
  const row = (name: string, value: string): string => `| ${name} | ${cell(value)} |`;
  const standing = blueStoodUntil(result);
  return [
    '| | |',
    '|---|---|',
    row('Outcome', `**${ENDS[result.outcome].title}**: ${result.cause}`),
    row('Endpoint', `\`${result.endpointName}\``),
    row('Serves now', result.servingConfig === null ? 'unknown' : `\`${result.servingConfig}\``),
    row('Release', `\`${result.release}\` (\`${result.image}\`)`),
    row('Release before', result.previousRelease === null ? 'none' : `\`${result.previousRelease}\``),
    ...(result.reason === null ? [] : [row('Reason', result.reason)]),
    row('Since', new Date(result.startedAt).toISOString()),
    row('Took', `${((result.endedAt - result.startedAt) / 1000).toFixed(1)} s`),
    ...(standing === null ? [] : [row('Way back', wayBack(standing))]),
    row('Recorded', result.isRecorded ? 'yes' : '**no**: the ledger of this environment does not tell of it'),
  ];
}

function wayBack(until: number): string {
  return `until ${new Date(until).toISOString()} an abort was a shift of traffic to the fleet of the release before, which still ran; since then a rollback launches it again`;
}

const CASE_MARKS = { passed: '✅', failed: '❌', unanswered: '–' } as const;

/** A smoke test as Markdown: its verdict, its measures, its cases. */
export function renderSmoke(smoke: SmokeReport): string[] {
  const milliseconds = (value: number | null): string => (value === null ? '–' : `${value} ms`);
  return [
    `**${smoke.verdict}**: ${oneLine(smoke.reason)}`,
    '',
    '| requests | answered | failed | not asked | p50 | p99 | answered by | parity |',
    '|---:|---:|---:|---:|---:|---:|---|---|',
    `| ${smoke.requests} | ${smoke.answered} | ${smoke.failed} | ${smoke.notAsked} | ${milliseconds(smoke.p50Milliseconds)} | ${milliseconds(smoke.p99Milliseconds)} | ${smoke.releaseIds.join(', ') || '–'} | ${cell(smoke.parity.detail)} |`,
    '',
    '| case | | detail |',
    '|---|---|---|',
    ...smoke.cases.map(({ name, result, detail }) => `| ${cell(name)} | ${CASE_MARKS[result]} | ${cell(detail)} |`),
  ];
}
