import path from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { readImageContents } from './image-contents.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

it('lists every package that a build of the server takes something of, and no other but types', async () => {
  const { metafile } = await build({
    entryPoints: ['server/src/main.ts'],
    absWorkingDir: ROOT,
    outdir: 'unused',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['onnxruntime-node'],
    // node_modules may be a link to another checkout's.
    preserveSymlinks: true,
    loader: { '.html': 'text', '.css': 'text', '.svg': 'text' },
    logLevel: 'silent',
  });
  const bundled = Object.keys(metafile.inputs).flatMap(
    (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  );
  const { packages = [], baseImage } = await readImageContents(ROOT, 'server/Dockerfile', {});
  const listed = packages.map(({ name }) => name);
  expect(listed).toEqual([...new Set([...bundled, 'onnxruntime-node', 'onnxruntime-common'])].sort());
  expect(baseImage).toMatch(/^node:.*@sha256:[0-9a-f]{64}$/);
});

it('takes the base that a build argument names instead', async () => {
  const { baseImage } = await readImageContents(ROOT, 'server/Dockerfile', { BASE: 'node-base:local' });
  expect(baseImage).toBe('node-base:local');
});

it('knows no packages where there is no lock file', async () => {
  const { packages } = await readImageContents(path.join(ROOT, 'docs'), 'server/Dockerfile', {});
  expect(packages).toBeUndefined();
});
