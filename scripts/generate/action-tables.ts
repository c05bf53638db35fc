import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';
import { listActions, ROOT } from '../build.ts';
import type { GeneratedFile } from './generated-file.ts';

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
      const file = `actions/${name}/README.md`;
      const action = await readActionFile(name);
      const readme = await readFile(path.join(ROOT, file), 'utf8');
      const text = replaceBetween(
        replaceBetween(readme, 'inputs', renderInputs(action), file),
        'outputs',
        renderOutputs(action),
        file,
      );
      const options = await prettier.resolveConfig(file);
      return { path: file, text: await prettier.format(text, { ...options, parser: 'markdown' }) };
    }),
  );
}

function renderInputs(action: ActionFile): string {
  const rows = Object.entries(action.inputs).map(([name, input]) => {
    const fallback = input.default === undefined ? '' : input.default === '' ? 'empty' : `\`${input.default}\``;
    return `| \`${name}\` | ${cell(input.description)} | ${input.required === true ? 'required' : fallback} |`;
  });
  return rows.length === 0 ? 'None.' : ['| input | what it is | default |', '| --- | --- | --- |', ...rows].join('\n');
}

function renderOutputs(action: ActionFile): string {
  const rows = Object.entries(action.outputs).map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`);
  return rows.length === 0 ? 'None.' : ['| output | what it is |', '| --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
}

/** A Markdown text with other content between `<!-- MARKER -->` and `<!-- /MARKER -->`. */
export function replaceBetween(text: string, marker: string, content: string, file: string): string {
  const start = `<!-- ${marker} -->`;
  const end = `<!-- /${marker} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${file} has no ${start} … ${end} for its generated table`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
