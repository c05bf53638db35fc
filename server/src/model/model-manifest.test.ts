import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelBytes, readModelManifest } from './model-manifest.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'manifest-'));
beforeAll(() => {
  mkdirSync(path.join(folder, 'weights'));
  mkdirSync(path.join(folder, '.git'));
  for (const [file, content] of [
    ['model.onnx', 'graph'],
    ['weights/b.bin', 'b'],
    ['weights/a.bin', 'a'],
    ['weights-2.bin', 'c'],
    ['\u00e9.txt', 'name'],
    ['signature.json', '{}'],
    ['build.json', 'left out'],
    ['golden.json', 'left out'],
    ['train.ts', 'left out'],
    ['README.md', 'left out'],
    ['.git/config', 'left out'],
  ] as const) {
    writeFileSync(path.join(folder, file), content);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the manifest of a model', () => {
  it('counts the bytes of the files that belong to the model', async () => {
    const { bytes } = await readModelManifest(folder);
    expect(bytes).toBe('graph'.length + 3 + 'name'.length + 2);
    expect(await modelBytes(folder)).toBe(bytes);
  });

  it('has the digest of the list that sha256sum prints', async () => {
    const files =
      "find * -type f ! -name '*.ts' ! -name '*.md' ! -name build.json ! -name golden.json | LC_ALL=C sort | tr '\\n' '\\0'";
    const command = `${files} | xargs -0 sha256sum | sha256sum | cut -c1-64`;
    const printed = execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' }).trim();
    expect((await readModelManifest(folder)).digest).toBe(`sha256:${printed}`);
  });

  it('changes with every file of the model', async () => {
    const before = await readModelManifest(folder);
    writeFileSync(path.join(folder, 'weights/a.bin'), 'A');
    const after = await readModelManifest(folder);
    expect(after.digest).not.toBe(before.digest);
    expect(after.bytes).toBe(before.bytes);
  });
});
