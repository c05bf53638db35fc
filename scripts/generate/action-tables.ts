import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { listActions, ROOT } from '../build.ts';
import type { GeneratedFile } from './generated-file.ts';
import { cellOf, fillMarkers, renderTable } from './marked-tables.ts';

const actionFile = z.object({
  name: z.string(),
  description: z.string(),
  inputs: z
    .record(
      z.string(),
      z.object({ description: z.string(), required: z.boolean().optional(), default: z.string().optional() }),
    )
    .default({}),
  outputs: z.record(z.string(), z.object({ description: z.string() })).default({}),
  runs: z.object({ using: z.literal('node24'), main: z.string() }),
});

/** What an `action.yml` declares. */
export type ActionFile = z.output<typeof actionFile>;

/**
 * Reads `actions/NAME/action.yml`.
 *
 * @throws ZodError when it isn't a Node action with described, quoted inputs and outputs.
 */
export async function readActionFile(name: string): Promise<ActionFile> {
  return actionFile.parse(parse(await readFile(path.join(ROOT, 'actions', name, 'action.yml'), 'utf8')));
}

/** Each action's README with its tables of inputs and outputs as `action.yml` declares them. */
export async function generateActionTables(): Promise<readonly GeneratedFile[]> {
  const names = await listActions();
  return await Promise.all(
    names.map(async (name) => {
      const action = await readActionFile(name);
      return await fillMarkers(`actions/${name}/README.md`, {
        inputs: renderInputs(action),
        outputs: renderOutputs(action),
      });
    }),
  );
}

function renderInputs(action: ActionFile): string {
  const rows = Object.entries(action.inputs).map(([name, input]) => {
    const fallback = input.default === undefined ? '' : input.default === '' ? 'empty' : `\`${input.default}\``;
    return [`\`${name}\``, cellOf(input.description), input.required === true ? 'required' : fallback];
  });
  return renderTable(['input', 'what it is', 'default'], rows);
}

function renderOutputs(action: ActionFile): string {
  const rows = Object.entries(action.outputs).map(([name, output]) => [`\`${name}\``, cellOf(output.description)]);
  return renderTable(['output', 'what it is'], rows);
}
