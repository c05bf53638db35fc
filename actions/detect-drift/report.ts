import type { DriftResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs({ outcome, findings, issue, opened }: DriftResult): Readonly<Record<string, string>> {
  return {
    ...{ outcome, findings: JSON.stringify(findings) },
    issue: issue === undefined ? '' : String(issue),
    opened: String(opened),
  };
}
