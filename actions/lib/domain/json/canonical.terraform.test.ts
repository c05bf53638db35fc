import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWithTool } from '../../../../scripts/testing/tools.ts';
import { canonicalJson, type Json } from './canonical.ts';

const key = fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed());
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => value.isWellFormed());
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    // The parsers of the project's files accept no negative zero, which Terraform writes as -0.
    fc.maxSafeInteger().filter((value) => !Object.is(value, -0)),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    // Terraform keeps the last of two keys that are equal in normalisation form C; JSON files of people have no such pair.
    fc
      .uniqueArray(fc.tuple(key, tie('json')), { maxLength: 4, selector: ([name]) => name.normalize('NFC') })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

describeWithTool('terraform', 'canonicalJson against jsonencode', () => {
  it('writes the bytes that Terraform writes, for 400 random documents and every ASCII character', () => {
    const documents = fc.sample(json, { numRuns: 400, seed: 20260131 });
    documents.push(
      Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join(''),
      '<>&\u2028\u2029e\u0301',
    );
    const folder = mkdtempSync(path.join(tmpdir(), 'canonical-json-'));
    try {
      writeFileSync(path.join(folder, 'documents.json'), JSON.stringify(documents));
      const result = spawnSync('terraform', ['console'], {
        cwd: folder,
        input: 'jsonencode([for document in jsondecode(file("documents.json")) : sha256(jsonencode(document))])\n',
        encoding: 'utf8',
      });
      expect(result.status, result.stderr).toBe(0);
      const expected: unknown = JSON.parse(String(JSON.parse(result.stdout)));
      expect(documents.map((document) => sha256(canonicalJson(document)))).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
