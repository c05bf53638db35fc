import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
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
