import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalId } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  mode: z.literal(['find', 'write'], 'find or write'),
  environment: optionalText,
  'pull-request': optionalId,
  'replay-directory': requiredText('a folder'),
  'base-branch': requiredText('the name of a branch'),
  'comment-author': requiredText('the login that the token writes as'),
  'working-directory': requiredText('a folder'),
  'github-token': requiredText('a token for pull requests'),
});

export type ReplayCommentInputs = z.output<typeof inputs>;
