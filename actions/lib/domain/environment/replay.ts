import { z } from 'zod';

/** Which captured requests the models of a promotion are asked; docs/model-review.md describes it. */
export const replay = z
  .strictObject({
    rows: z
      .int('a whole number')
      .min(1, 'at least 1 row')
      .max(10_000, 'at most 10000 rows')
      .describe('Most captured requests that are asked'),
    hours: z
      .int('a whole number of hours')
      .min(1, 'at least 1 hour')
      .max(168, 'at most 168 hours')
      .describe('How far back requests are taken'),
    visibleLabels: z
      .array(z.string().min(1, 'a label'))
      .max(100, 'at most 100 labels')
      .optional()
      .describe('Labels of answers that the pull request may show; left out it shows none'),
  })
  .nullable()
  .optional()
  .describe('Captured requests that a promotion shows the answers to; needs dataCapture; left out there is no replay');

/** The bounds of a sample of captured requests. */
export type ReplaySettings = NonNullable<z.output<typeof replay>>;
