import { z } from 'zod';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  service: requiredText('the name of a service'),
  image: z.string().regex(/@sha256:[0-9a-f]{64}$/, 'an image by digest: REGISTRY/NAME@sha256:DIGEST'),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'an AWS region such as eu-central-1'),
  'model-digest': z
    .string()
    .regex(/^(sha256:[0-9a-f]{64})?$/, 'sha256: and 64 hex digits, or nothing')
    .transform((text) => (text === '' ? undefined : text)),
  'model-directory': optionalText,
  'working-directory': requiredText('a folder'),
});

export type TestImageInputs = ReturnType<typeof parseTestImageInputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parseTestImageInputs(read: (name: string) => string) {
  const parsed = parseInputs(inputs, read);
  return { ...parsed, 'model-directory': parsed['model-directory'] ?? `server/models/${parsed.service}` };
}
