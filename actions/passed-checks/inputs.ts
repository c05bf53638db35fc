import { z } from 'zod';
import { requiredText } from '../lib/domain/action-inputs/parse.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits');

const jobNames = z.string().transform((text, context) => {
  try {
    const parsed = z.array(z.string()).min(1).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // No JSON: the same answer.
  }
  context.addIssue({ code: 'custom', message: 'a JSON array of at least one job name' });
  return z.NEVER;
});

/** The inputs of `action.yml`. */
export const inputs = z.object({
  workflow: requiredText('the file name of a workflow'),
  'head-sha': sha,
  comparison: requiredText('the name of a step'),
  jobs: jobNames,
  'github-token': requiredText('a token that may read actions'),
});

export type PassedChecksInputs = z.output<typeof inputs>;
