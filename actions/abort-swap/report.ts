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

/** The job summary, as Markdown; without a result nothing was to be aborted. */
export function renderSummary(environment: string, leaves: ReleaseId | null, result: AbortResult | undefined): string {
  const left =
    leaves === null ? 'Nothing that serves is a release of this environment.' : `A rollback leaves \`${leaves}\`.`;
  const lines = result === undefined ? [left] : [left, '', describeAbort(result)];
  return [`## What a rollback of ${environment} leaves`, '', ...lines, ''].join('\n');
}

function describeAbort({ outcome, inFlight, serving }: AbortResult): string {
  switch (outcome) {
    case 'nothing-in-flight':
      return 'No update was in flight that had to be aborted.';
    case 'aborted':
      return `The update to \`${inFlight ?? ''}\` was aborted; \`${serving ?? 'nothing'}\` serves.`;
    case 'too-late':
      return `The update ended before it could be aborted: \`${serving ?? ''}\` serves now.`;
  }
}
