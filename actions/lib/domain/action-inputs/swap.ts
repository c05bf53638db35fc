import { z } from 'zod';

/** A number of seconds as text, fractions allowed; gives milliseconds. */
export const secondsAsMilliseconds = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `a number of seconds from ${String(minimum)} to ${String(maximum)}`)
    .transform((text) => Number(text) * 1000)
    .pipe(
      z
        .number()
        .min(minimum * 1000, `at least ${String(minimum)} seconds`)
        .max(maximum * 1000, `at most ${String(maximum)} seconds`),
    );

/** A release id, or undefined where the input is empty. */
export const optionalReleaseId = z
  .string()
  .regex(/^([0-9a-f]{12})?$/, 'a release id: 12 hex digits in lower case, or nothing')
  .transform((text) => (text === '' ? undefined : text));

/** The ARN of a role, or undefined where the input is empty. */
export const optionalRoleArn = z
  .string()
  .regex(/^(arn:aws[\w-]*:iam::\d{12}:role\/\S+)?$/, 'the ARN of a role, or nothing')
  .transform((text) => (text === '' ? undefined : text));
