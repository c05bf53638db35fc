import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case');
const release = z.string().regex(/^[0-9a-f]{12}$/, 'a release id: 12 hex digits in lower case');

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of an environment'),
  release,
  live: release,
  'candidate-directory': requiredText('a folder'),
  'live-directory': requiredText('a folder'),
  'candidate-commit': sha,
  'live-commit': sha,
  'candidate-digest': optionalText,
  'live-digest': optionalText,
  'output-directory': requiredText('a folder'),
  'working-directory': requiredText('a folder'),
});

export type ReplayRequestsInputs = z.output<typeof inputs>;
