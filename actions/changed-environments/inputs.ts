import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalSha } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  'working-directory': requiredText('the root of the repository'),
  'base-sha': optionalSha,
  'head-sha': optionalSha,
  compare: z.literal(['merge-base', 'exact'], 'merge-base or exact'),
  environment: optionalText,
});

export type ChangedEnvironmentsInputs = z.output<typeof inputs>;
