import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';
import { environmentNames, optionalId, optionalSha } from '../lib/domain/action-inputs/plan.ts';

const jobResult = z.literal(['', 'success', 'failure', 'cancelled', 'skipped'], 'the result of a job, or nothing');

/** The inputs of `action.yml`. */
export const inputs = z.object({
  mode: z.literal(['render', 'void'], 'render or void'),
  'pull-request': optionalId,
  'summaries-directory': requiredText('a folder'),
  environments: environmentNames,
  'plan-result': jobResult,
  'not-configured': environmentNames,
  'reviews-directory': requiredText('a folder'),
  reviews: environmentNames,
  'review-result': jobResult,
  'head-sha': optionalSha,
  'base-sha': optionalSha,
  'base-branch': z.string(),
  workflow: requiredText('the file name of a workflow'),
  'comment-author': requiredText('the login that the token writes as'),
  'github-token': requiredText('a token that may write to pull requests'),
});

export type PlanCommentInputs = z.output<typeof inputs>;
