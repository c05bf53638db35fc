import { describe, expect, it } from 'vitest';
import { isModelFile } from './model-file.ts';

describe('isModelFile', () => {
  it.each(['model.onnx', 'weights.bin', 'signature.json', 'other/model.onnx'])('keeps %s', (file) => {
    expect(isModelFile(file)).toBe(true);
  });

  it.each([
    'train.ts',
    'README.md',
    'golden.json',
    'build.json',
    'review.json',
    'review.csv',
    '.cache/model.onnx',
    'other/.hidden',
  ])('leaves out %s', (file) => {
    expect(isModelFile(file)).toBe(false);
  });
});
