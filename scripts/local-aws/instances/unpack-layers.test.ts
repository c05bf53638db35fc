import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packLayer, type LayerEntry } from '../registry/push-image.ts';
import { unpackLayers } from './unpack-layers.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function unpack(...layers: readonly (readonly LayerEntry[])[]): Promise<string> {
  const root = join(directory, 'root');
  const paths: string[] = [];
  for (const [index, entries] of layers.entries()) {
    const path = join(directory, `layer-${index}`);
    writeFileSync(path, (await packLayer(entries)).bytes);
    paths.push(path);
  }
  await unpackLayers(paths, root);
  return root;
}

it('puts later layers over earlier ones and keeps modes', async () => {
  const root = await unpack(
    [
      { path: 'etc/name', content: 'first' },
      { path: 'etc/kept', content: 'kept' },
    ],
    [{ path: 'etc/name', content: 'second' }],
  );
  expect(readFileSync(join(root, 'etc/name'), 'utf8')).toBe('second');
  expect(readFileSync(join(root, 'etc/kept'), 'utf8')).toBe('kept');
  expect(statSync(join(root, 'etc/name')).mode & 0o777).toBe(0o755);
});

it('removes what a whiteout names', async () => {
  const root = await unpack(
    [
      { path: 'a/gone', content: '1' },
      { path: 'a/kept', content: '2' },
      { path: 'b/folder/file', content: '3' },
    ],
    [
      { path: 'a/.wh.gone', content: '' },
      { path: 'b/.wh.folder', content: '' },
    ],
  );
  expect(readdirSync(join(root, 'a'))).toEqual(['kept']);
  expect(readdirSync(join(root, 'b'))).toEqual([]);
});

it('empties a folder at an opaque whiteout but for what the same layer brings', async () => {
  const root = await unpack(
    [{ path: 'a/old', content: '1' }],
    [
      { path: 'a/new', content: '2' },
      { path: 'a/.wh..wh..opq', content: '' },
    ],
  );
  expect(readdirSync(join(root, 'a'))).toEqual(['new']);
});

it('keeps links inside of the image', async () => {
  const root = await unpack([
    { path: 'usr/lib/real', content: 'text' },
    { path: 'lib', linkTo: '/usr/lib' },
    { path: 'hard', hardLinkTo: 'usr/lib/real' },
    { path: 'lib/through', content: 'below a link' },
  ]);
  expect(readlinkSync(join(root, 'lib'))).toBe(join(root, 'usr/lib'));
  expect(readFileSync(join(root, 'hard'), 'utf8')).toBe('text');
  expect(readFileSync(join(root, 'usr/lib/through'), 'utf8')).toBe('below a link');
});

it.each([
  ['a path that climbs', [{ path: '../escaped', content: 'x' }]],
  [
    'a link that leads out',
    [
      { path: 'out', linkTo: '../..' },
      { path: 'out/escaped', content: 'x' },
    ],
  ],
] satisfies [string, LayerEntry[]][])('writes nothing outside of the image through %s', async (_case, entries) => {
  await unpack(entries).catch(() => undefined);
  expect(readdirSync(directory).sort()).toEqual(['layer-0', 'root']);
});
