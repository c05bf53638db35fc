/**
 * Tests of the product read no content, so that a fork may change its environments and models as it likes. This test
 * follows paths as far as they are constant. The proof is a checkout without content, in which the tests still pass:
 *
 *   git clone . /tmp/product && cd /tmp/product && npm ci && rm -rf environments/*\/ server/models/*
 *   npm test
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../build.ts';
import { contentReads } from './content-reads.ts';

/** Tests, and what helps them; the exposure bench plays the environments themselves, as the rehearsal does. */
const TESTS =
  /\.test\.ts$|\.cases\.ts$|\/testing\/|^server\/proof\/|^scripts\/(?:bench(?!\/exposure\.bench\.ts$)|conformance|fixtures)\//;

async function testFiles(): Promise<readonly string[]> {
  const folders = ['actions', 'server', 'scripts', 'terraform'];
  const entries = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(path.join(ROOT, folder), { recursive: true })).map((entry) => path.posix.join(folder, entry)),
    ),
  );
  return entries
    .flat()
    .filter((file) => file.endsWith('.ts') && TESTS.test(file) && !/\/(?:dist|\.terraform)\//.test(file));
}

it('lets no test of the product read content of the repository', async () => {
  const files = await testFiles();
  expect(files.length).toBeGreaterThan(100);
  const reads = await Promise.all(
    files.map(async (file) => contentReads(file, await readFile(path.join(ROOT, file), 'utf8'))),
  );
  expect(reads.flat()).toEqual([]);
});

describe('contentReads', () => {
  it.each([
    ['a file of an environment', "readFile(path.join(ROOT, 'environments/dev/environment.json'));"],
    ['all environments', "await cp(path.join(ROOT, 'environments'), folder);"],
    ['an environment by a name that is not constant', "readFile(path.join(ROOT, 'environments', name, 'smoke.json'));"],
    ['an environment in a template', 'readFile(path.join(ROOT, `environments/${name}/smoke.json`));'],
    ['a model', "const root = path.join(import.meta.dirname, '../..'); join(root, 'server/models/sample');"],
    [
      'a model by its URL',
      "const root = fileURLToPath(new URL('../../', import.meta.url)); join(root, 'server/models');",
    ],
    [
      'one of several folders',
      "for (const entry of ['docs', 'environments']) await cp(path.join(ROOT, entry), folder);",
    ],
    ['environments through a reader', 'const names = await listEnvironments(ROOT);'],
    ['environments through a reader of this repository', 'const files = await generateEnvironmentFiles();'],
  ])('finds %s', (_, source) => {
    expect(contentReads('scripts/example/a.test.ts', source)).toHaveLength(1);
  });

  it.each([
    ['a copy elsewhere', "const root = await copyTerraform(ROOT); path.join(root, 'environments/trial');"],
    ['a schema', "readFile(path.join(ROOT, 'environments/smoke.schema.json'));"],
    ['a path that nothing is read from', "const where = 'environments/dev/release.json';"],
    ['the environments of a copy', 'const names = await listEnvironments(root);'],
  ])('allows %s', (_, source) => {
    expect(contentReads('scripts/example/a.test.ts', source)).toEqual([]);
  });
});
