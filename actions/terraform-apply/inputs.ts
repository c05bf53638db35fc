import { z } from 'zod';
import { optionalText, requiredText, wholeNumber } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'working-directory': requiredText('the root of the repository'),
  'meaning-file': requiredText('the file that plan-deployment wrote'),
  'meaning-digest': z.string().regex(/^[0-9a-f]{64}$/, 'the digest that plan-deployment gave: 64 hex digits'),
  'backend-config': z.string(),
  'lock-timeout-seconds': wholeNumber(0, 3600, 'seconds'),
  'github-token': optionalText,
});

export type TerraformApplyInputs = z.output<typeof inputs>;
