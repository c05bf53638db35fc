import { z } from 'zod';

/** What `terraform show -json` says of a state, as far as tests read it. */
export const stateJson = z.object({
  values: z.object({
    root_module: z.object({
      resources: z
        .array(
          z.object({
            type: z.string(),
            name: z.string(),
            index: z.union([z.string(), z.number()]).optional(),
            values: z.record(z.string(), z.unknown()),
          }),
        )
        .default([]),
      child_modules: z.array(z.unknown()).default([]),
    }),
  }),
});
