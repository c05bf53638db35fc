import { z } from 'zod';
import { flag, requiredText } from '../lib/domain/action-inputs/parse.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case');

/** The inputs of `action.yml`. */
export const inputs = z.object({
  service: requiredText('the name of a service'),
  'head-directory': requiredText('a folder'),
  'base-directory': requiredText('a folder'),
  'head-sha': sha,
  'base-sha': sha,
  'can-be-accepted': flag,
  'output-directory': requiredText('a folder'),
});

export type ReviewModelInputs = z.output<typeof inputs>;
