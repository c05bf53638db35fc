import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'accept-unproven': z
    .string()
    // It stands in the name of a job, and in a fact.
    .regex(/^(|[^\p{Cc}\p{Cf}]{10,200})$/u, 'a reason on one line, of 10 to 200 characters, or nothing')
    .transform((text) => (text.trim() === '' ? undefined : text.trim())),
  'working-directory': requiredText('the root of the repository'),
  'github-token': requiredText('a token that may read environments'),
});

export type VerifyArtifactInputs = z.output<typeof inputs>;
