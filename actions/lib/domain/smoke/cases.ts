import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { findLossyNumber } from '../json/lossless.ts';

const ABSOLUTE = 'Largest difference, in the units of the output';

const tolerance = {
  absolute: z.number().min(0, 'at least 0').describe(ABSOLUTE),
  relative: z.number().min(0, 'at least 0').default(0).describe('Largest difference as a share of the expected value'),
};

/** How far two answers may be apart: a difference passes when it is within `absolute + relative * |expected|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

const expectedOutput = z
  .strictObject({
    value: z.json().describe('The expected value; numbers compare within the tolerance, everything else exactly'),
    ...tolerance,
    absolute: tolerance.absolute.optional().describe(`${ABSOLUTE}; not needed for a value without numbers`),
  })
  .refine(({ value, absolute }) => absolute !== undefined || numbersOf(value).length === 0, {
    path: ['absolute'],
    message: 'a number of at least 0, because the value has numbers: 0 for the exact value',
  })
  .transform(({ absolute = 0, ...rest }) => ({ ...rest, absolute }));

/** The numbers in a JSON value. */
export function numbersOf(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

const status = z.int('an HTTP status').min(200, 'an HTTP status from 200').max(599, 'an HTTP status up to 599');

/** What can be sent in a header, a wrong media type included: a case may show that it is refused. */
const mediaType = z
  .string()
  .max(1024, 'at most 1024 characters')
  .regex(/^[!-~](?:[ -~]*[!-~])?$/, 'a media type such as application/json, in printable ASCII');

const request = z
  .strictObject({
    contentType: mediaType,
    accept: mediaType.optional(),
    json: z.json().optional().describe('The body as JSON'),
    text: z.string().optional().describe('The body as it is sent: CSV, JSON lines, or deliberately broken JSON'),
    base64: z.base64('base64').optional().describe('The body of a binary content type'),
  })
  .refine(
    (value) => [value.json, value.text, value.base64].filter((body) => body !== undefined).length === 1,
    'exactly one of "json", "text" and "base64"',
  );

const expectation = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1, 'at least one status')])
      .transform((value) => (typeof value === 'number' ? [value] : value))
      .describe("The container's own HTTP status, or several that are all right"),
    outputs: z
      .record(z.string(), expectedOutput)
      .optional()
      .describe('Expected parts of a JSON answer, by top-level key or by JSON pointer such as /outputs/0/data'),
    text: z.string().optional().describe('The whole expected answer as text, white space at both ends apart'),
  })
  .refine((value) => value.outputs === undefined || Object.keys(value.outputs).length > 0, {
    path: ['outputs'],
    message: 'at least one output',
  });

const smokeCase = z.strictObject({
  name: z.string().min(1, 'a name').max(80, 'at most 80 characters').describe('What the case shows'),
  request,
  expect: expectation,
  parity: z.boolean().default(true).describe('Whether the answer is compared with the one of the release before'),
});

const cases = z
  .array(smokeCase)
  .min(1, 'at least one case')
  .max(1000, 'at most 1000 cases')
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'cases with different names');

/** Schema of a model's `golden.json`; `server/golden.schema.json` is generated from it. */
export const goldenFileSchema = z.strictObject({
  $schema: z.string().optional(),
  cases: cases.describe('Requests with the answers that this version of the model gives; checked without an endpoint'),
});

export type GoldenFile = z.output<typeof goldenFileSchema>;

/** Schema of `smoke.json`; `environments/smoke.schema.json` is generated from it. */
export const smokeFileSchema = z.strictObject({
  $schema: z.string().optional(),
  warmUpRequests: z
    .int('a whole number')
    .min(0, 'at least 0')
    .max(1000, 'at most 1000')
    .describe('Requests sent first and not counted'),
  minimumRequests: z
    .int('a whole number')
    .min(1, 'at least 1')
    .max(100_000, 'at most 100000')
    .describe('The cases are repeated until so many requests are answered; fewer answers are no verdict'),
  concurrency: z.int('a whole number').min(1, 'at least 1').max(64, 'at most 64').describe('Requests in flight'),
  timeoutSeconds: z.int().min(1, 'at least 1').max(3600, 'at most 3600').describe('Time for the whole smoke test'),
  limits: z
    .strictObject({
      p50Milliseconds: z.number().positive('more than 0').nullable(),
      p99Milliseconds: z.number().positive('more than 0').nullable(),
      errorPercent: z
        .number()
        .min(0, 'at least 0')
        .max(100, 'at most 100')
        .describe('Error budget: share of requests that the endpoint may fail to answer (5XX, timeouts)'),
    })
    .describe('Latencies are seen from the runner, network included; null measures without judging'),
  parity: z
    .strictObject(tolerance)
    .nullable()
    .describe('How far answers may be from those of the release before; null compares without judging'),
  cases: cases.refine(
    // Without any case that is the one problem to tell.
    (list) => list.length === 0 || list.some(isSuccessCase),
    'at least one case that expects a 2XX status',
  ),
});

export type SmokeFile = z.output<typeof smokeFileSchema>;
export type SmokeCase = SmokeFile['cases'][number];
export type ExpectedOutput = z.output<typeof expectedOutput>;

/** Whether a case expects the model to answer, rather than the request to be refused. */
export function isSuccessCase(smoke: { readonly expect: { readonly status: readonly number[] } }): boolean {
  return smoke.expect.status.every((code) => code < 300);
}

/** The bytes that a case sends. */
export function bodyOf(smoke: SmokeCase): Uint8Array {
  const { json, text, base64 } = smoke.request;
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return Buffer.from(text ?? JSON.stringify(json));
}

/**
 * The smoke cases of an environment.
 *
 * @throws UserError when the file is not valid.
 */
export function parseSmokeFile(file: JsonFile): SmokeFile {
  const parsed = parseJsonFile(
    file,
    smokeFileSchema,
    'Correct the value; environments/smoke.schema.json describes the format, and editors pick it up from "$schema".',
  );
  refuseLossyNumbers(file);
  return parsed;
}

/** @throws UserError when JSON's numbers would lose digits of what the file says. */
function refuseLossyNumbers(file: JsonFile): void {
  const lossy = findLossyNumber(file.text);
  if (lossy === undefined) return;
  throw new UserError({
    what: `${file.path} has a number that would not be sent or compared as it is written`,
    where: file.path,
    expected: 'whole numbers that a float64 holds exactly',
    found: lossy,
    remedy: 'Write the request\'s body as "text" instead of "json", and compare the answer with "text".',
  });
}

/**
 * The golden cases of a model.
 *
 * @throws UserError when the file is not valid.
 */
export function parseGoldenFile(file: JsonFile): GoldenFile {
  const parsed = parseJsonFile(
    file,
    goldenFileSchema,
    'Correct the value; server/golden.schema.json describes the format, which is that of the cases of a smoke.json.',
  );
  refuseLossyNumbers(file);
  return parsed;
}
