import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../build.ts';
import type { GeneratedFile } from './generated-file.ts';
import { parseHclBlocks, type HclBlock } from './hcl-blocks.ts';
import { cellOf, fillMarkers, renderTable } from './marked-tables.ts';

/** The READMEs of the Terraform modules, with tables of what each one takes, gives and makes. */
export async function generateTerraformReadmes(): Promise<readonly GeneratedFile[]> {
  const modules = await readdir(path.join(ROOT, 'terraform/modules'));
  const folders = ['terraform/bootstrap', ...modules.sort().map((name) => `terraform/modules/${name}`)];
  return await Promise.all(folders.map(generateReadme));
}

async function generateReadme(folder: string): Promise<GeneratedFile> {
  const names = (await readdir(path.join(ROOT, folder))).filter((name) => name.endsWith('.tf')).sort();
  const texts = await Promise.all(names.map(async (name) => await readFile(path.join(ROOT, folder, name), 'utf8')));
  return await fillMarkers(`${folder}/README.md`, { terraform: renderTables(texts.flatMap(parseHclBlocks)) });
}

/** The tables of a module's inputs, outputs and resources. */
export function renderTables(blocks: readonly HclBlock[]): string {
  return [
    '### Inputs',
    renderTable(
      ['input', 'what it is', 'type', 'default'],
      byLabel(blocks, 'variable').map(([name, { attributes }]) => [
        code(name),
        textOf(attributes.get('description')),
        code(attributes.get('type')),
        attributes.has('default') ? code(attributes.get('default')) : 'required',
      ]),
    ),
    '### Outputs',
    renderTable(
      ['output', 'what it is'],
      byLabel(blocks, 'output').map(([name, { attributes }]) => [code(name), textOf(attributes.get('description'))]),
    ),
    '### Resources',
    byResource(blocks)
      .map((address) => `- ${code(address)}`)
      .join('\n'),
  ].join('\n\n');
}

function byLabel(blocks: readonly HclBlock[], type: string): readonly (readonly [string, HclBlock])[] {
  return blocks.filter((block) => block.type === type).map((block) => [block.labels.join('.'), block] as const);
}

function byResource(blocks: readonly HclBlock[]): readonly string[] {
  const resources = byLabel(blocks, 'resource').map(([address]) => address);
  const modules = byLabel(blocks, 'module').map(([name]) => `module.${name}`);
  return [...resources, ...modules].sort();
}

function code(expression: string | undefined): string {
  return `\`${cellOf((expression ?? 'any').replaceAll(/\s+/g, ' '))}\``;
}

/** The text of an HCL string; what Terraform would do with its escapes, JSON does too. */
function textOf(literal: string | undefined): string {
  const value: unknown = literal === undefined ? '' : JSON.parse(literal);
  if (typeof value !== 'string') throw new Error(`${literal ?? ''} is no description`);
  return cellOf(value);
}
