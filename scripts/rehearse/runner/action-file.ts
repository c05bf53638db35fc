import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

// Strict, so that `pre`, `post` and whatever else has an effect is refused and not skipped.
const schema = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        description: z.string(),
        required: z.boolean().optional(),
        default: z.union([z.string(), z.boolean(), z.number()]).transform(String).optional(),
      }),
    )
    .default({}),
  outputs: z.record(z.string(), z.strictObject({ description: z.string() })).default({}),
  runs: z.strictObject({ using: z.literal('node24'), main: z.string() }),
});

/** A JavaScript action of the repository. */
export interface LocalAction {
  readonly folder: string;
  readonly main: string;
  readonly inputs: z.output<typeof schema>['inputs'];
  readonly outputs: readonly string[];
}

/**
 * Reads the action in a folder of the workspace.
 *
 * @throws Error when there is none, or it is of a kind that is not supported.
 */
export async function readLocalAction(folder: string): Promise<LocalAction> {
  const text = await readFile(path.join(folder, 'action.yml'), 'utf8').catch((cause: unknown) => {
    throw new Error(`can't find 'action.yml' under '${folder}': was the repository checked out?`, { cause });
  });
  const { inputs, outputs, runs } = schema.parse(parse(text));
  return { folder, main: path.resolve(folder, runs.main), inputs, outputs: Object.keys(outputs) };
}
