import { z } from 'zod';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  repository: z
    .string()
    .regex(
      /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
      'the name of an ECR repository, such as onnx-inference',
    ),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'an AWS region such as eu-central-1'),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case'),
  'commit-time': optionalText.pipe(
    z.union(
      [
        z.undefined(),
        z
          .string()
          .regex(/^\d{1,11}$/)
          .transform(Number),
      ],
      'seconds since the Unix epoch, or nothing',
    ),
  ),
  'working-directory': requiredText('a folder'),
  context: requiredText('a folder'),
  dockerfile: requiredText('a file'),
  'model-directory': z.string(),
  platform: z.string().regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, 'a platform such as linux/amd64'),
});

export type BuildImageInputs = ReturnType<typeof parseBuildImageInputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parseBuildImageInputs(read: (name: string) => string) {
  const parsed = parseInputs(inputs, read);
  const modelDirectory =
    parsed['model-directory'] === '' ? `server/models/${parsed.repository}` : parsed['model-directory'];
  return { ...parsed, 'model-directory': modelDirectory };
}
