import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const schema = z.record(
  z.string(),
  z.strictObject({
    version: z.string(),
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    inputs: z.record(
      z.string(),
      z.strictObject({ required: z.literal(true).optional(), default: z.string().optional() }),
    ),
    outputs: z.array(z.string()),
  }),
);

/** What a third-party action's own `action.yml` publishes, at the release that the workflows pin. */
export type ThirdPartyAction = z.output<typeof schema>[string];

/** The third-party actions that workflows may use, by `OWNER/NAME`. */
export const THIRD_PARTY_ACTIONS: ReadonlyMap<string, ThirdPartyAction> = new Map(
  Object.entries(
    schema.parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'third-party-actions.json'), 'utf8'))),
  ),
);

/** A `uses` of an action in another repository, taken apart; undefined for a local one. */
export function parseUses(uses: string): { readonly name: string; readonly ref: string } | undefined {
  const match = /^([\w.-]+\/[\w.-]+)(?:\/[^@]*)?@(.+)$/.exec(uses);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], ref: match[2] };
}
