import type { ScenarioStep } from './scenario-step.ts';
import type { StepResult } from './steps.ts';
import { renderTable } from '../../text-table.ts';
import { nameOfRelease, type ScenarioContext } from './context.ts';

/** The tables at the end: the outcome of each step, and the requests during it. */
export function renderReport(results: readonly StepResult[], context: ScenarioContext | undefined): string {
  const steps = renderTable(
    ['step', 'outcome', 'seconds'],
    results.map(({ name, outcome, seconds }) => [name, outcome, seconds.toFixed(1)]),
  );
  if (context === undefined) return steps;
  const findings = context.findings.map((finding) => `Finding: ${finding}.`).join('\n');
  if (context.streamed.length === 0) return [steps, findings].filter((part) => part !== '').join('\n\n');
  const requests = renderTable(
    ['requests during', 'sent', 'failed', 'wrong answers', 'answered by'],
    [
      ...context.streamed.map(({ name, tally }) => [
        name,
        ...[tally.sent, tally.failed, tally.wrong].map(String),
        [...tally.answeredBy].map(([id, count]) => `${nameOfRelease(context, id)} ${String(count)}`).join(', '),
      ]),
      ['all', ...(['sent', 'failed', 'wrong'] as const).map((count) => String(sumOf(context, count))), ''],
    ],
  );
  return [steps, requests, findings].filter((part) => part !== '').join('\n\n');
}

function sumOf({ streamed }: ScenarioContext, count: 'sent' | 'failed' | 'wrong'): number {
  return streamed.reduce((sum, { tally }) => sum + tally[count], 0);
}

/** What `--list` prints. */
export function renderSteps(story: readonly ScenarioStep[]): string {
  const width = Math.max(...story.map(({ id }) => id.length)) + 2;
  return story.map(({ id, title, shows }) => `${id.padEnd(width)}${title}\n${' '.repeat(width)}${shows}`).join('\n');
}
