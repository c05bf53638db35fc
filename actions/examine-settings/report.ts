import type { Finding } from '../lib/domain/doctor/finding.ts';
import { renderFindings } from '../lib/domain/doctor/render.ts';

/** The outputs of the action. */
export function renderOutputs(findings: readonly Finding[]): Readonly<Record<string, string>> {
  return { wrong: JSON.stringify(findings.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id)) };
}

/** The job summary. */
export function renderSummary(findings: readonly Finding[]): string {
  const unseen = findings.some(({ verdict }) => verdict === 'unseen');
  const note = unseen ? '\nAn administrator sees the rest: `npm run doctor`.\n' : '';
  return `# Settings on GitHub\n\n${renderFindings(findings)}${note}`;
}
