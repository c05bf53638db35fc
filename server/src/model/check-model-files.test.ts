import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeModel, type ModelOptions } from '../../sample-model/onnx-writer.ts';
import { sessionFiles, sessionOptions } from '../runtime/session-options.ts';
import { loadSession } from '../runtime/session.ts';
import { externalWeightGraph, linearGraph } from '../testing/small-models.ts';
import { checkModelFiles } from './check-model-files.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;

describe('a model that cannot be loaded', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'broken-model-'));
    file = path.join(folder, 'model.onnx');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (options?: ModelOptions): void => writeFileSync(file, encodeModel(linearGraph(), options));
  /** The message of the start: one line. */
  const start = (): string => {
    try {
      checkModelFiles(file);
      loadSession(file, sessionOptions(1)).release();
    } catch (error) {
      if (error instanceof Error) return error.message;
    }
    return 'it started';
  };

  it.each<{ title: string; make: () => void; says: RegExp }>([
    {
      title: 'is a pointer of Git LFS',
      make: () => writeFileSync(file, POINTER),
      says: /is a pointer of Git LFS.*git lfs pull/,
    },
    { title: 'is empty', make: () => writeFileSync(file, ''), says: /is empty\. Copy it again/ },
    {
      title: 'was cut off',
      make: () => {
        write();
        truncateSync(file, 100);
      },
      says: /Protobuf parsing failed\. The file is not a whole ONNX model/,
    },
    {
      title: 'is of another format',
      make: () => writeFileSync(file, Buffer.from([0x80, 0x04, 0x95, 0x10])),
      says: /not a whole ONNX model/,
    },
    { title: 'has a newer IR', make: () => write({ irVersion: 99 }), says: /IR version: 99.*onnxruntime-node/ },
    {
      title: 'has a newer opset',
      make: () => write({ operatorSets: { '': 99 } }),
      says: /99.*Export the model with an opset/,
    },
  ])('says in one line what to do if it $title', ({ make, says }) => {
    make();
    expect(start()).toMatch(says);
    expect(start()).not.toContain('\n');
  });

  it.each<{ title: string; weights: Uint8Array | string | undefined; says: RegExp }>([
    { title: 'are missing', weights: undefined, says: /weight\.bin does not exist\. Put it beside model\.onnx/ },
    { title: 'are half written', weights: new Uint8Array(3), says: /weight\.bin has 3 bytes, and the model needs 4/ },
    { title: 'are a pointer of Git LFS', weights: POINTER, says: /weight\.bin is a pointer of Git LFS/ },
  ])('says that its external weights $title', ({ weights, says }) => {
    writeFileSync(file, encodeModel(externalWeightGraph()));
    if (weights !== undefined) writeFileSync(path.join(folder, 'weight.bin'), weights);
    expect(start()).toMatch(says);
  });

  it('starts if nothing is wrong', () => {
    write();
    expect(start()).toBe('it started');
  });

  it('says which folder of the cache it cannot write', () => {
    write();
    const key = { modelDigest: 'sha256:0', options: sessionOptions(1) };
    expect(() => sessionFiles(file, path.join(file, 'cache'), key)).toThrow(
      /OPTIMIZED_MODEL_DIR .* cannot be written .*leave the setting out/,
    );
  });
});
