import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalId, optionalSha } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'working-directory': requiredText('the root of the repository'),
  'head-sha': optionalSha,
  'base-sha': optionalSha,
  'pull-request': optionalId,
  'backend-config': z.string(),
  'output-directory': requiredText('a folder'),
});

export type TerraformPlanInputs = z.output<typeof inputs>;
