import path from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { runProcess } from '../system/process.ts';
import { readBaseImage, readNpmSbom } from './image-contents.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

it('lists every package that a build of the server takes something of', { timeout: 60_000 }, async () => {
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
  const sbom = JSON.parse((await readNpmSbom(runProcess, ROOT)) ?? '') as { packages: { name: string }[] };
  const listed = sbom.packages.map(({ name }) => name);
  expect(listed).toEqual(expect.arrayContaining([...new Set(bundled), 'onnxruntime-node', 'onnxruntime-common']));
  expect(listed).not.toContain('esbuild');
});

it('gives no bill of materials where there is no lock file', async () => {
  expect(await readNpmSbom(runProcess, path.join(ROOT, 'docs'))).toBeUndefined();
});

it('takes the base image from the Dockerfile, or from a build argument', async () => {
  expect(await readBaseImage(ROOT, 'server/Dockerfile', {})).toMatch(/^node:.*@sha256:[0-9a-f]{64}$/);
  expect(await readBaseImage(ROOT, 'server/Dockerfile', { BASE: 'node-base:local' })).toBe('node-base:local');
});
