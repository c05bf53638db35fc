import { describe, expect, it } from 'vitest';
import { isModelFile, layerEntries, renderImageConfig } from './layer.ts';

describe('layerEntries', () => {
  it('puts every folder before its content, sorted, whatever the order of the files', () => {
    const files = ['opt/b/2', 'opt/a-x/1', 'opt/a/1'].map((target) => ({ target, source: `/from/${target}` }));
    const targets = layerEntries(files).map((entry) => `${entry.kind} ${entry.target}`);
    expect(targets).toEqual([
      'folder opt',
      'folder opt/a',
      'folder opt/a-x',
      'file opt/a-x/1',
      'file opt/a/1',
      'folder opt/b',
      'file opt/b/2',
    ]);
    expect(layerEntries(files.toReversed())).toEqual(layerEntries(files));
  });
});

describe('isModelFile', () => {
  it.each(['model.onnx', 'weights.bin', 'signature.json', 'other/model.onnx'])('keeps %s', (file) => {
    expect(isModelFile(file)).toBe(true);
  });

  it.each(['train.ts', 'README.md', 'golden.json', '.cache/model.onnx', 'other/.hidden'])('leaves out %s', (file) => {
    expect(isModelFile(file)).toBe(false);
  });
});

describe('renderImageConfig', () => {
  const packed = { digest: 'sha256:1', diffId: 'sha256:2', sizeBytes: 3 };
  const source = { platform: 'linux/amd64', commit: 'c0ffee', commitTimeSeconds: 1_700_000_000 };

  it('carries the time of the commit and no other', () => {
    const config: unknown = JSON.parse(renderImageConfig(source, [{ name: 'model', packed }]));
    expect(config).toMatchObject({
      os: 'linux',
      architecture: 'amd64',
      created: '2023-11-14T22:13:20Z',
      rootfs: { type: 'layers', diff_ids: ['sha256:2'] },
      history: [{ created: '2023-11-14T22:13:20Z' }],
    });
  });

  it('starts the server as server/Dockerfile does, and says that there is no base', () => {
    const config: unknown = JSON.parse(renderImageConfig(source, []));
    expect(config).toMatchObject({
      config: {
        Entrypoint: ['node', '/opt/program/dist/main.js'],
        Cmd: ['serve'],
        Labels: {
          'org.opencontainers.image.revision': 'c0ffee',
          'org.opencontainers.image.base.name': expect.stringMatching(/^none/) as string,
        },
      },
    });
  });
});
