import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isProductPage, README_MARKER } from './product-pages.ts';

it.each([
  ['README.md', `# product\n${README_MARKER}\n`, true],
  ['README.md', '# Our team\n', false],
  ['NOTES.md', '', false],
  ['.github/SECURITY.md', '', false],
  ['environments/trial/README.md', '', false],
  ['CONTRIBUTING.md', '', true],
  ['docs/security.md', '', true],
])('%s with %j is read by tests of the product: %s', async (page, text, isRead) => {
  const root = await mkdtemp(path.join(tmpdir(), 'pages-'));
  try {
    await writeFile(path.join(root, 'README.md'), text);
    expect(isProductPage(page, root)).toBe(isRead);
  } finally {
    await rm(root, { recursive: true });
  }
});
