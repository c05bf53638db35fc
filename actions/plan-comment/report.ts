import { UserError } from '../lib/domain/errors/user-error.ts';
import type { PlanCommentResult } from './run.ts';

/** The outputs of the action. */
export function renderOutputs({ state, commentUrl, unaccepted }: PlanCommentResult): Record<string, string> {
  return { state, 'comment-url': commentUrl, unaccepted: JSON.stringify(unaccepted) };
}

/** The error where warnings wait to be accepted, or undefined. */
export function failureOf({ unaccepted, remedies }: PlanCommentResult): UserError | undefined {
  if (unaccepted.length === 0) return undefined;
  return new UserError({
    what: 'A warning has to be accepted before this can be merged',
    where: 'the pull request',
    expected: 'plans and reviews without warnings that must be accepted, or their acceptance',
    found: unaccepted.join(', '),
    remedy: `Change what is warned of, or: ${remedies.join('; ')}. The comment says what each warning means.`,
  });
}
