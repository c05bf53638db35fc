import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ownerOf } from '../../actions/lib/domain/changes/changed-paths.ts';
import { ROOT } from '../build.ts';

/** A README of a fork's own has no such line. */
export const README_MARKER = '<!-- Tests of the product read this page. Without this line it is your own. -->';

/** Whether the tests of the product read a page: not where a fork writes what it likes. */
export function isProductPage(page: string, root = ROOT): boolean {
  if (ownerOf(page).kind === 'text') return false;
  return page !== 'README.md' || readFileSync(path.join(root, page), 'utf8').includes(README_MARKER);
}
