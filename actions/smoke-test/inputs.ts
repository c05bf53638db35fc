import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalReleaseId } from '../lib/domain/action-inputs/swap.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  release: optionalReleaseId,
  'working-directory': requiredText('the root of the repository'),
});

export type SmokeTestInputs = z.output<typeof inputs>;
