import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  branch: requiredText('the name of a branch'),
  sha: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits'),
  workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, 'the file name of a workflow'),
  'working-directory': requiredText('the root of the repository'),
  'github-token': requiredText('a token that may read the repository, pull requests and runs'),
});

export type ReviewedPlanInputs = z.output<typeof inputs>;
