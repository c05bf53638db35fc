import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

/** Schema of a service's `review.json`; every limit is optional, and one that is exceeded fails the review. */
export const reviewFileSchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON Schema that editors use: `../../review.schema.json`'),
  tolerance: z
    .number('a number')
    .min(0, 'at least 0')
    .default(0.00001)
    .describe('Scores that differ by no more count as the same answer'),
  largestDifference: z.number('a number').min(0, 'at least 0').optional().describe('Most that a score may move'),
  changedLabelsPercent: z
    .number('a number')
    .min(0, 'at least 0 percent')
    .max(100, 'at most 100 percent')
    .optional()
    .describe('Most rows, in percent, whose label may change'),
  slowdownRatio: z
    .number('a number')
    .positive('more than 0')
    .optional()
    .describe('Most that the median time of a request may grow by, as a factor'),
  sizeRatio: z
    .number('a number')
    .positive('more than 0')
    .optional()
    .describe('Most that the files may grow by, as a factor'),
});

export type ReviewLimits = z.output<typeof reviewFileSchema>;

/**
 * The limits that a team set for its service.
 *
 * @throws UserError when the file is not valid.
 */
export function parseReviewFile(file: JsonFile): ReviewLimits {
  return parseJsonFile(file, reviewFileSchema, 'Correct the value; server/README.md describes review.json.');
}

/** The limits of a service without a `review.json`: nothing fails. */
export const NO_LIMITS: ReviewLimits = reviewFileSchema.parse({});
