import { z } from 'zod';
import { flag, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalDigest } from '../lib/domain/action-inputs/plan.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'working-directory': requiredText('the root of the repository'),
  branch: requiredText('the name of a branch'),
  workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, 'the file name of a workflow'),
  'plan-digest': optionalDigest,
  force: flag,
  'backend-config': z.string(),
  'output-directory': requiredText('a folder'),
  'github-token': requiredText('a token that may read the repository, pull requests, runs and environments'),
});

export type PlanDeploymentInputs = z.output<typeof inputs>;
