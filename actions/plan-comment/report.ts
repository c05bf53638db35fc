import { UserError } from '../lib/domain/errors/user-error.ts';
import type { PlanCommentResult } from './run.ts';

/** The outputs of the action. */
export function renderOutputs({ state, commentUrl, unaccepted }: PlanCommentResult): Record<string, string> {
  return { state, 'comment-url': commentUrl, unaccepted: JSON.stringify(unaccepted) };
}

/** The error where warnings wait to be accepted, or undefined. */
export function failureOf({ unaccepted }: PlanCommentResult): UserError | undefined {
  if (unaccepted.length === 0) return undefined;
  return new UserError({
    what: 'A warning has to be accepted before this can be merged',
    where: "the pull request's description",
    expected: unaccepted.map((warning) => `a line "Accept-Plan-Warning: ${warning} REASON"`).join(', '),
    found: 'no such line',
    remedy:
      'Change what the plan warns of, or add the line with your reason; the comment says what each warning means.',
  });
}
