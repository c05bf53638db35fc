import { describe, expect, it } from 'vitest';
import { parseSignatureFile } from './signature-file.ts';
import { resolveSignature } from './signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

const model = {
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 2] }],
  outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 3] }],
} as const;

const resolve = (file: object) => resolveSignature(model, parseSignatureFile(JSON.stringify(file), 'signature.json'));

describe('parseSignatureFile', () => {
  it.each([
    ['{', 'signature.json is not valid JSON'],
    [
      '{"inputs":{"x":{"colums":["a"]}}}',
      'inputs.x: has the key colums, expected none but description, columns, units, range, ranges, values',
    ],
    ['{"version":2}', 'version: expected a text in double quotes, found 2'],
    ['{"inputs":{"x":{"range":[2,1]}}}', 'inputs.x.range: the first must not exceed the second'],
    [
      '{"postprocessing":[{"operation":"softmin","output":"y"}]}',
      'postprocessing.0.operation: expected one of softmax, sigmoid, argmax, label, threshold',
    ],
    [
      '{"postprocessing":[{"operation":"threshold","output":"y"}]}',
      'postprocessing.0.threshold: expected a number, found nothing',
    ],
    [
      '{"preprocessing":[{"operation":"scale","input":"x","factor":"2"}]}',
      'preprocessing.0.factor: expected a number, or a list of numbers, found "2"',
    ],
    ['{"outputs":{"y":{"classes":[]}}}', 'outputs.y.classes: expected at least 1 of them'],
    ['[]', 'the file: expected an object, found []'],
  ])('refuses %s', (text, message) => {
    expect(() => parseSignatureFile(text, 'signature.json')).toThrow(message);
  });
});

describe('resolveSignature', () => {
  it.each([
    [{ inputs: { z: {} } }, 'signature.json: inputs names "z", which the model does not have; it has "x"'],
    [{ inputs: { x: { columns: ['a'] } } }, 'columns has 1 names, but the last dimension of shape [batch, 2] is 2'],
    [{ inputs: { x: { columns: ['a', 'a'] } } }, 'has a name twice'],
    [{ inputs: { x: { ranges: { a: [0, 1] } } } }, 'ranges names "a", which is not among its columns'],
    [{ primaryOutput: 'y' }, 'primaryOutput names "y"'],
    [
      { postprocessing: [{ operation: 'label', output: 'logits', labels: ['a'] }] },
      '"label" of "logits" needs integers, but it is float32',
    ],
    [
      {
        postprocessing: [
          { operation: 'argmax', output: 'logits' },
          { operation: 'label', output: 'logits', labels: ['ant', 'bee'] },
        ],
      },
      '"label" of "logits" has 2 names for the 3 values of its last dimension',
    ],
    [{ outputs: { logits: { classes: ['ant', 'bee'] } } }, 'classes has 2 names, but the last dimension'],
    [
      { preprocessing: [{ operation: 'standardize', input: 'x', mean: [1, 2, 3], deviation: 1 }] },
      'mean has 3 numbers, but the last dimension of shape [batch, 2] is 2',
    ],
    [
      {
        preprocessing: [
          { operation: 'clip', input: 'x', minimum: 0, maximum: 1 },
          { operation: 'map', input: 'x', values: { a: 1 } },
        ],
      },
      '"map" must be the first step',
    ],
  ])('refuses %j', (file, message) => {
    expect(() => resolve(file)).toThrow(message);
  });

  it('converts logits to class names', () => {
    const { outputs } = resolve({
      outputs: { logits: { classes: ['ant', 'bee', 'cow'] } },
      postprocessing: [
        { operation: 'softmax', output: 'logits' },
        { operation: 'argmax', output: 'logits' },
        { operation: 'label', output: 'logits' },
      ],
    });
    const logits: Tensor = { type: 'float32', shape: [2, 3], data: Float32Array.of(0, 5, 1, 1000, 2, 3) };
    expect(outputs[0]).toMatchObject({ type: 'string', shape: ['batch'] });
    expect(outputs[0]?.postprocess?.(logits)).toEqual({ type: 'string', shape: [2], data: ['bee', 'ant'] });
  });

  it.each([
    [{ operation: 'softmax' }, [0.25, 0.25, 0.5], 'float32'],
    [{ operation: 'sigmoid' }, [0.5, 0.5, 2 / 3], 'float32'],
    [{ operation: 'threshold', threshold: 0.5 }, [0, 0, 1], 'bool'],
  ])('applies %j', (step, expected, type) => {
    const { outputs } = resolve({ postprocessing: [{ ...step, output: 'logits' }] });
    const result = outputs[0]?.postprocess?.({
      type: 'float32',
      shape: [1, 3],
      data: Float32Array.of(0, 0, Math.log(2)),
    });
    expect(result?.type).toBe(type);
    expect([...(result?.data ?? [])].map((value) => Math.round(Number(value) * 1e6) / 1e6)).toEqual(
      expected.map((value) => Math.round(value * 1e6) / 1e6),
    );
  });

  it.each([
    [{ operation: 'standardize', mean: [1, 2], deviation: 2 }, [0, 0.5, 1, 1]],
    [{ operation: 'scale', factor: 2, offset: [1, -1] }, [3, 5, 7, 7]],
    [{ operation: 'clip', minimum: 2, maximum: 3 }, [2, 3, 3, 3]],
  ])('prepares inputs by %j', (step, expected) => {
    const { inputs } = resolve({ preprocessing: [{ ...step, input: 'x' }] });
    const x: Tensor = { type: 'float32', shape: [2, 2], data: Float32Array.of(1, 3, 3, 4) };
    expect(inputs[0]?.preprocess?.(x).data).toEqual(Float32Array.from(expected));
  });

  it('answers an integer without a label as a fault of the signature, and a row without numbers as one of the request', () => {
    const open = {
      inputs: [{ name: 'x', type: 'float32', shape: ['batch', 'columns'] }],
      outputs: [{ name: 'y', type: 'int64', shape: ['batch'] }],
    } as const;
    const { inputs, outputs } = resolveSignature(open, {
      preprocessing: [{ operation: 'scale', input: 'x', factor: [1, 2] }],
      postprocessing: [{ operation: 'label', output: 'y', labels: ['ant', 'bee'] }],
    });
    expect(() => outputs[0]?.postprocess?.({ type: 'int64', shape: [1], data: BigInt64Array.of(2n) })).toThrow(
      'the model answered 2, and signature.json has 2 labels',
    );
    expect(() => inputs[0]?.preprocess?.({ type: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) })).toThrow(
      'more than the 2 values',
    );
  });

  it('maps texts of requests to numbers', () => {
    const { inputs } = resolve({ preprocessing: [{ operation: 'map', input: 'x', values: { red: 1, green: 2 } }] });
    expect(inputs[0]?.type).toBe('string');
    expect(inputs[0]?.preprocess?.({ type: 'string', shape: [1, 2], data: ['green', 'red'] }).data).toEqual(
      Float32Array.of(2, 1),
    );
    expect(() => inputs[0]?.preprocess?.({ type: 'string', shape: [1, 2], data: ['blue', 'toString'] })).toThrow(
      'element 0 is "blue", expected one of red, green',
    );
  });
});
