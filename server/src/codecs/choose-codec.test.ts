import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptedCodec, requestCodec } from './choose-codec.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { codecs } from './registry.ts';

describe('acceptedCodec', () => {
  it.each([
    [undefined, 'csv'],
    ['*/*', 'csv'],
    ['application/json', 'json'],
    ['text/csv;q=0.5, application/json;q=0.9', 'json'],
    ['application/xml, application/x-npy;q=0.1', 'npy'],
    ['application/*', 'json'],
    ['text/*', 'csv'],
    ['application/x-ndjson', 'jsonlines'],
    ['APPLICATION/JSON; charset=utf-8', 'json'],
  ] as const)('of %j is %s for a CSV request', (accept, format) => {
    expect(acceptedCodec(accept, csv).name).toBe(format);
  });

  it.each(['image/png', 'application/json;q=0', 'garbage', ','])('refuses %j', (accept) => {
    expect(() => acceptedCodec(accept, json)).toThrow('allows none of');
  });
});

describe('requestCodec', () => {
  it.each([
    [undefined, 'json'],
    ['application/json; charset="UTF-8"', 'json'],
    ['text/csv; header=present', 'csv'],
    ['application/vnd.sagemaker-triton.binary+json;json-header-size=12', 'v2-binary'],
  ] as const)('of %j is %s', (contentType, format) => {
    expect(requestCodec(contentType, 'invocations').codec.name).toBe(format);
  });

  it('refuses unknown media types, and character sets other than UTF-8', () => {
    expect(() => requestCodec('application/xml', 'invocations')).toThrow('"application/xml" is not understood');
    expect(() => requestCodec('text/csv; charset=latin1', 'invocations')).toThrow('charset "latin1"');
  });
});

describe('every format', async () => {
  const server = path.resolve(import.meta.dirname, '../..');
  const files = (await readdir(server, { recursive: true })).filter(
    (file) => file.endsWith('.test.ts') && !file.includes('node_modules') && !file.endsWith('choose-codec.test.ts'),
  );
  const tests = await Promise.all(files.map(async (file) => await readFile(path.join(server, file), 'utf8')));

  it.each(codecs.map(({ name, mediaTypes: [type] }) => [name, type] as const))(
    'has a test beside this one that sends %s as %s',
    (_, type) => {
      expect(tests.filter((text) => text.includes(`'${type}'`))).not.toEqual([]);
    },
  );
});
