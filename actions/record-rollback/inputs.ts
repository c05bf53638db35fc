import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: z.string().regex(/^[a-z0-9](?:-?[a-z0-9])*$/, 'the name of a folder under environments/'),
  release: z.string().regex(/^[0-9a-f]{12}$/, 'a release id: 12 hex digits in lower case'),
  reason: requiredText('why it was rolled back'),
  'base-branch': requiredText('the name of a branch'),
  'github-token': requiredText('a token'),
});

export type RecordRollbackInputs = z.output<typeof inputs>;
