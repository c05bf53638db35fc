import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WARNING_IDS } from './summary.ts';
import { WARNING_WORDS } from './words.ts';

it('has a row in docs/reviewing-plans.md for every warning, which says whether it must be accepted', async () => {
  const docs = await readFile(path.resolve(import.meta.dirname, '../../../../docs/reviewing-plans.md'), 'utf8');
  const rows = docs.split('\n').flatMap((line) => {
    const [, id, mustAccept] = /^\| `([a-z0-9-]+)` .*\| (\w+)\s*\|$/.exec(line) ?? [];
    return id === undefined ? [] : [`${id} ${mustAccept ?? ''}`];
  });
  const expected = WARNING_IDS.map((id) => `${id} ${WARNING_WORDS[id].mustAccept ? 'yes' : 'no'}`);
  expect(rows.sort()).toEqual(expected.sort());
});

describe('every warning', async () => {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.ts'));
  let [finders, tests] = ['', ''];
  for (const file of files) {
    const source = await readFile(path.join(import.meta.dirname, file), 'utf8');
    if (file.endsWith('.test.ts')) tests += source;
    else if (file !== 'summary.ts' && file !== 'words.ts') finders += source;
  }

  it.each(WARNING_IDS)('%s is found somewhere, and its finding tested', (id) => {
    expect(finders).toContain(`'${id}'`);
    expect(tests).toContain(id);
  });
});
