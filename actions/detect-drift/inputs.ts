import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'plan-outcome': z.literal(['', 'no-changes', 'changes', 'failed'], 'no-changes, changes, failed or nothing'),
  'plan-summary': optionalText,
  'working-directory': requiredText('a folder'),
  'github-token': requiredText('a token'),
});

export type DetectDriftInputs = z.output<typeof inputs>;
