import { z } from 'zod';

/** A whole number of seconds within bounds. */
export const seconds = (minimum: number, maximum: number): z.ZodInt =>
  z
    .int('a whole number of seconds')
    .min(minimum, `at least ${String(minimum)} seconds`)
    .max(maximum, `at most ${String(maximum)} seconds`);
