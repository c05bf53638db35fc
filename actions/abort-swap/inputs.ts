import { z } from 'zod';
import { flag, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalReleaseId, optionalRoleArn } from '../lib/domain/action-inputs/swap.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  release: optionalReleaseId,
  abort: flag,
  'working-directory': requiredText('the root of the repository'),
  'role-arn': optionalRoleArn,
});

export type AbortSwapInputs = z.output<typeof inputs>;
