import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: optionalText,
  'working-directory': requiredText('the root of the repository'),
  'github-token': requiredText('a token that may read the repository'),
});
