import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  from: optionalText,
  service: optionalText,
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case'),
  'working-directory': requiredText('a folder'),
});

export type PromotionCommitsInputs = z.output<typeof inputs>;
