import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseHclBlocks } from './hcl-blocks.ts';
import { generateTerraformReadmes, renderTables } from './terraform-readmes.ts';

const root = path.join(import.meta.dirname, '../..');

it('finds the README of every module up to date', async () => {
  const files = await generateTerraformReadmes();
  expect(files.map(({ path: file }) => file)).toEqual([
    'terraform/bootstrap/README.md',
    'terraform/modules/environment-file/README.md',
    'terraform/modules/inference-endpoint/README.md',
    'terraform/modules/network/README.md',
  ]);
  for (const { path: file, text } of files) expect(await readFile(path.join(root, file), 'utf8')).toBe(text);
});

it('says which inputs are required and what the others are otherwise', () => {
  const text = renderTables(
    parseHclBlocks(
      'variable "a" {\n  description = "One | two."\n  type = string\n}\n\nvariable "b" {\n  type    = bool\n  default = false\n}\n',
    ),
  );
  expect(text).toContain('| `a` | One \\| two. | `string` | required |');
  expect(text).toContain('| `b` |  | `bool` | `false` |');
  expect(text).toContain('### Outputs\n\nNone.');
});
