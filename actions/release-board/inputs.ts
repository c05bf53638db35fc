import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  path: requiredText('a folder'),
  'published-path': requiredText('a folder'),
  'working-directory': requiredText('the root of the repository'),
  'base-branch': requiredText('a branch'),
  'github-token': requiredText('a token'),
});
