import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { ROOT } from '../build.ts';
import type { GeneratedFile } from './generated-file.ts';

/**
 * A Markdown file of the repository with generated content between its markers `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @param contents by the name of the marker
 * @throws Error when the file lacks a marker.
 */
export async function fillMarkers(file: string, contents: Readonly<Record<string, string>>): Promise<GeneratedFile> {
  let text = await readFile(path.join(ROOT, file), 'utf8');
  for (const [name, content] of Object.entries(contents)) text = replaceBetween(text, name, content, file);
  const options = await prettier.resolveConfig(path.join(ROOT, file));
  return { path: file, text: await prettier.format(text, { ...options, parser: 'markdown' }) };
}

function replaceBetween(text: string, name: string, content: string, file: string): string {
  const start = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${file} needs ${start} … ${end} around its generated table`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** A Markdown table; `None.` without rows. Cells are taken as they are: see {@link cellOf}. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return rows.length === 0 ? 'None.' : lines.join('\n');
}

/** Text as a cell of a table: on one line, with bars escaped. */
export function cellOf(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
}
