import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { removedPartOf } from '../removal/lab-parts.ts';
import { isProductPage } from './product-pages.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['.', 'docs', 'server', 'environments', 'terraform', 'scripts', 'actions'];

const pages = (
  await Promise.all(
    FOLDERS.map(async (folder) => {
      const entries = await readdir(path.join(ROOT, folder), { recursive: folder !== '.' });
      return entries.filter((entry) => entry.endsWith('.md')).map((entry) => path.join(folder, entry));
    }),
  )
)
  .flat()
  .filter((page) => !/node_modules|\.terraform|__fixtures__/.test(page) && isProductPage(page));

it.each(pages)('%s links only to what is there', async (page) => {
  const text = await readFile(path.join(ROOT, page), 'utf8');
  const missing: string[] = [];
  for (const [, target = ''] of text.replaceAll(/```.*?```/gs, '').matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const absolute = file === '' ? path.join(ROOT, page) : path.resolve(ROOT, path.dirname(page), decodeURI(file));
    // A page may describe a part of the lab that a fork has deleted.
    if (removedPartOf(path.relative(ROOT, absolute)) !== undefined) continue;
    if (!existsSync(absolute)) missing.push(target);
    else if (anchor !== undefined && !anchorsOf(await readFile(absolute, 'utf8')).includes(anchor))
      missing.push(target);
  }
  expect(missing).toEqual([]);
});

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
