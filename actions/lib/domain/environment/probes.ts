import { z } from 'zod';
import { seconds } from './seconds.ts';

/** Setting `probes` of environment.json: how green is asked, and compared with blue, while a swap bakes. */
export const probeSettings = z
  .strictObject({
    intervalSeconds: seconds(2, 300).default(10).describe('Time from one round of questions to the next'),
    latencyRatio: z
      .number()
      .min(1.05, 'at least 1.05')
      .nullable()
      .default(1.25)
      .describe("How many times blue's latency green may take; null measures without judging"),
    errorPercentagePoints: z
      .number()
      .positive('more than 0')
      .max(100, 'at most 100')
      .nullable()
      .default(0.5)
      .describe(
        "How far green's share of errors may be above blue's, in percentage points; null measures without judging",
      ),
    whenInconclusive: z
      .literal(['continue', 'abort'], '"continue" or "abort"')
      .default('continue')
      .describe('What happens to a release that could not be compared with blue: it stays, or is rolled back'),
  })
  .nullable()
  .prefault({})
  .describe(
    'Questions to the new release while it bakes, and its comparison with the release before; null asks nothing then',
  );

export type ProbeSettings = NonNullable<z.output<typeof probeSettings>>;
