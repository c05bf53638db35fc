import { z } from 'zod';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';

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
  'model-bucket': optionalText.pipe(
    z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'the name of an S3 bucket, or nothing where the model is in the image',
      )
      .optional(),
  ),
  // Within the characters that release.json takes in the URI of a model.
  'model-prefix': z.string().regex(/^[A-Za-z0-9!_.*'()/-]{0,512}$/, 'a prefix of keys without spaces, such as models'),
  platform: z.string().regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, 'a platform such as linux/amd64'),
  'build-arguments': z.string(),
  network: optionalText,
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
  return {
    ...parsed,
    'model-directory': modelDirectory,
    'build-arguments': parseBuildArguments(parsed['build-arguments']),
  };
}

function parseBuildArguments(text: string): Readonly<Record<string, string>> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined || RESERVED.has(match[1])) {
        throw new UserError({
          what: 'The input "build-arguments" is not valid',
          where: 'with: build-arguments',
          expected: `NAME=VALUE on each line, with another name than ${[...RESERVED].join(', ')}`,
          found: line,
          remedy: 'Correct the value in the workflow that calls this action.',
        });
      }
      return [match[1], match[2]];
    }),
  );
}

// Set from other inputs.
const RESERVED: ReadonlySet<string> = new Set(['MODEL', 'MODEL_IN_IMAGE', 'REVISION', 'SOURCE_DATE_EPOCH']);
