import { z } from 'zod';
import { parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { environmentNames, optionalId, optionalSha } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  mode: z.literal(['render', 'void'], 'render or void'),
  'pull-request': optionalId,
  'summaries-directory': requiredText('a folder'),
  environments: environmentNames,
  'not-configured': environmentNames,
  'head-sha': optionalSha,
  'base-sha': optionalSha,
  'base-branch': z.string(),
  'comment-author': requiredText('the login that the token writes as'),
  'github-token': requiredText('a token that may write to pull requests'),
});

export type PlanCommentInputs = z.output<typeof inputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parsePlanCommentInputs(read: (name: string) => string): PlanCommentInputs {
  return parseInputs(inputs, read);
}
