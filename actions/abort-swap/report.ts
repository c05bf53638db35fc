import type { ReleaseId } from '../lib/domain/release/release.ts';
import type { AbortResult } from '../lib/operations/abort-update.ts';

/** The output that says which release a rollback leaves. */
export function renderLeaves(leaves: ReleaseId | null): Readonly<Record<string, string>> {
  return { leaves: leaves ?? 'none' };
}

/** The outputs of an abort. */
export function renderOutputs({ outcome, inFlight, serving }: AbortResult): Readonly<Record<string, string>> {
  return { outcome, aborted: outcome === 'aborted' ? (inFlight ?? '') : '', serving: serving ?? '' };
}

/** The job summary, as Markdown. */
export function renderSummary(environment: string, { outcome, inFlight, serving }: AbortResult): string {
  const what = {
    'nothing-in-flight': 'No update was in flight: nothing was done.',
    aborted: `The update to \`${inFlight ?? ''}\` was aborted; \`${serving ?? 'nothing'}\` serves.`,
    'too-late': `The update ended before it could be aborted: \`${serving ?? ''}\` serves now. Roll back to leave it.`,
  }[outcome];
  return `## Abort of the swap in ${environment}\n\n${what}\n`;
}
