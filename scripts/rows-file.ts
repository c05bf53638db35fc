import path from 'node:path';
import { readContentFile } from '../actions/lib/adapters/checkout/content-file.ts';
import type { ReviewRow } from '../actions/lib/domain/model-review/row-difference.ts';
import { rowsOfFile } from '../actions/lib/domain/model-review/rows.ts';
import { UsageError } from './command-line.ts';

/**
 * The rows of the file that `--rows` names, called by its name alone.
 *
 * @throws UserError when it is not there, is not in UTF-8, or has no rows.
 */
export async function readRowsFile(file: string, origin: 'captured' | 'review file'): Promise<readonly ReviewRow[]> {
  const found = await readContentFile(process.cwd(), file);
  if (found !== undefined) return rowsOfFile(path.basename(file), found.text, origin);
  throw new UsageError({ what: '--rows names no file', expected: 'a .jsonl or .csv file', found: file });
}
