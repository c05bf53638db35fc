import { describe, expect, it } from 'vitest';
import { optimizedGraphKey, sessionOptions } from './session-options.ts';

describe('the key of an optimised graph', () => {
  const model = { modelDigest: 'sha256:a', options: sessionOptions(1) };
  const runtime = { version: '1.30.0', processor: 'avx2' };
  const key = optimizedGraphKey(model, runtime);

  it.each([
    ['the files of the model', { ...model, modelDigest: 'sha256:b' }, runtime],
    ['the options of the session', { ...model, options: sessionOptions(2) }, runtime],
    ['the version of ONNX Runtime', model, { ...runtime, version: '1.31.0' }],
    ['the features of the processor', model, { ...runtime, processor: 'avx2 avx512f' }],
  ])('changes with %s', (_, otherModel, otherRuntime) => {
    expect(optimizedGraphKey(otherModel, otherRuntime)).not.toBe(key);
  });

  it('is the same for the same model on the same machine', () => {
    expect(optimizedGraphKey(model, { ...runtime })).toBe(key);
    expect(optimizedGraphKey(model)).toBe(optimizedGraphKey({ ...model }));
    expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});
