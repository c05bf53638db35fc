import * as core from '@actions/core';
import { renderUserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { Finding } from './finding.ts';

/** How many of the findings are errors, in words. */
export function countErrors(findings: readonly Finding[]): { readonly count: number; readonly text: string } {
  const count = findings.filter(({ kind }) => kind === 'error').length;
  return { count, text: count === 0 ? 'no errors' : count === 1 ? '1 error' : `${String(count)} errors` };
}

/** Prints a finding for a person at the machine. */
export function print({ kind, parts }: Finding): void {
  if (kind === 'warning') console.log(`warning: ${renderUserError(parts)}`);
  else console.error(renderUserError(parts));
}

/** Prints a finding as a workflow command, which GitHub shows on the line of the file in the pull request. */
export function annotate({ kind, parts }: Finding): void {
  const { file, line } = parts.location ?? {};
  const place = { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { startLine: line }) };
  (kind === 'warning' ? core.warning : core.error)(renderUserError(parts), place);
}
