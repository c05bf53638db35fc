import { z } from 'zod';

/**
 * Everything that Application Auto Scaling holds about one scalable target. It stands in the deployment's payload, so that
 * another run can register again what a killed one has deregistered.
 */
export const scalingSnapshot = z.object({
  resourceId: z.string(),
  minInstances: z.number(),
  maxInstances: z.number(),
  /** A role of the account's own; the service-linked role is not named, since AWS chooses it. */
  roleArn: z.string().nullable(),
  suspended: z.record(z.string(), z.boolean()),
  tags: z.record(z.string(), z.string()),
  policies: z.array(z.object({ name: z.string(), type: z.string(), configuration: z.json() })),
  schedules: z.array(
    z.object({
      name: z.string(),
      expression: z.string(),
      timezone: z.string().nullable(),
      /** ISO 8601 times. */
      startsAt: z.string().nullable(),
      endsAt: z.string().nullable(),
      minInstances: z.number().nullable(),
      maxInstances: z.number().nullable(),
    }),
  ),
});

export type ScalingSnapshot = z.output<typeof scalingSnapshot>;

/** One line on what a snapshot holds. */
export function describeScaling(snapshot: ScalingSnapshot): string {
  const { minInstances, maxInstances, policies, schedules } = snapshot;
  return `${minInstances} to ${maxInstances} instances, ${policies.length} policies, ${schedules.length} schedules`;
}
