import { z } from 'zod';
import { expectedExpression, isTimeZone } from './schedule.ts';
import { seconds } from './seconds.ts';

const instances = z.int('a whole number').min(1, 'at least 1: a real-time endpoint cannot scale to zero');
const cooldown = seconds(0, 86_400);

const schedule = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z0-9-]{1,64}$/, 'a name of 1 to 64 letters, digits and hyphens'),
    expression: z.string().check((context) => {
      const expected = expectedExpression(context.value);
      if (expected !== undefined) context.issues.push({ code: 'custom', input: context.value, message: expected });
    }),
    timezone: z
      .string()
      .refine(isTimeZone, "the name of one of IANA's time zones, such as Europe/Berlin or UTC")
      .default('UTC'),
    minInstances: instances,
    maxInstances: instances,
  })
  .refine(({ minInstances, maxInstances }) => minInstances <= maxInstances, {
    path: ['maxInstances'],
    message: 'at least minInstances',
  });

/** Schema of `autoscaling` in `environment.json`. */
export const autoscaling = z
  .strictObject({
    minInstances: instances,
    maxInstances: instances,
    invocationsPerInstance: z
      .number()
      .positive('more than 0')
      .describe('Target of invocations per instance and minute'),
    scaleInCooldownSeconds: cooldown,
    scaleOutCooldownSeconds: cooldown,
    schedules: z
      .array(schedule)
      .refine(
        (schedules) => new Set(schedules.map(({ name }) => name)).size === schedules.length,
        'schedules with different names: a schedule is known by its name',
      ),
  })
  .refine((value) => value.minInstances <= value.maxInstances, {
    path: ['maxInstances'],
    message: 'at least minInstances',
  })
  .nullable()
  .describe('Target tracking on invocations per instance, or null for a fixed count');
