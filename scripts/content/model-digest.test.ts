import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../actions/lib/adapters/checkout/model-folder.ts';
import { isModelFile } from '../../actions/lib/domain/image/model-file.ts';
import { modelDigest } from '../../actions/lib/domain/release/model-artifact.ts';
import { readModelManifest } from '../../server/src/model/model-manifest.ts';
import { ROOT } from '../build.ts';

/** Files beside a model that are not part of it. */
const BESIDE = ['build.json', 'golden.json', 'review.csv', 'review.json', 'review.jsonl'];

describe('the digest of a model', () => {
  it('is the same where a release records it and where the server reports it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'model-digest-'));
    try {
      for (const file of [
        'model.onnx',
        'weights/b.bin',
        'weights-2.bin',
        'a b.txt',
        '\u00e9',
        ...BESIDE,
        '.x/y',
        'z.md',
      ]) {
        await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
        await writeFile(path.join(folder, file), file);
      }
      const { digest } = await readModelManifest(folder);
      expect(digest).toBe(modelDigest(await readModelFolder(folder)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('leaves out what the Dockerfile leaves out of the image', async () => {
    const dockerfile = await readFile(path.join(ROOT, 'server/Dockerfile'), 'utf8');
    const left = [...dockerfile.matchAll(/-name ([\w.]+)/g)].map(([, name]) => name ?? '');
    expect(left.sort()).toEqual(BESIDE);
    expect(BESIDE.filter(isModelFile)).toEqual([]);
  });
});
