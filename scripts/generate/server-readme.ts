import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { renderFormatTable } from '../../server/src/codecs/format-table.ts';
import { renderConfigurationTable } from '../../server/src/settings/configuration-table.ts';
import { ROOT } from '../build.ts';
import { replaceBetween } from './action-tables.ts';

const FILE = 'server/README.md';

/** The README of the server with its tables of formats and settings. */
export async function generateServerReadme(): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const readme = await readFile(path.join(ROOT, FILE), 'utf8');
  const withFormats = replaceBetween(readme, 'formats', renderFormatTable(), FILE);
  const text = replaceBetween(withFormats, 'settings', renderConfigurationTable(), FILE);
  const options = await prettier.resolveConfig(FILE);
  return [{ path: FILE, text: await prettier.format(text, { ...options, parser: 'markdown' }) }];
}
