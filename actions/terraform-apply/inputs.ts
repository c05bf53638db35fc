import { z } from 'zod';
import { flag, optionalText, requiredText, wholeNumber } from '../lib/domain/action-inputs/parse.ts';
import { optionalId, optionalSha } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'working-directory': requiredText('the root of the repository'),
  'envelope-file': optionalText,
  'plan-key': optionalText,
  'reviewed-head-sha': optionalSha,
  'reviewed-run-id': optionalId,
  'previous-sha': optionalSha,
  'allow-unreviewed': flag,
  'backend-config': z.string(),
  'lock-timeout-seconds': wholeNumber(0, 3600, 'seconds'),
  'github-token': optionalText,
});

export type TerraformApplyInputs = z.output<typeof inputs>;
