import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../server/sample-model/onnx-writer.ts';
import { difference, identical } from './compare.ts';
import { decodeTensor, elements, float16Bits, packElements, type TensorValue } from './tensor.ts';
import { decodeResponse, encodeBinaryRequest, encodeJsonRequest } from './v2.ts';

const floats = (...values: number[]): TensorValue => ({
  type: 'float32',
  dims: [values.length],
  data: packElements('float32', values),
});

describe('float16Bits', () => {
  it('gives back the bits of every finite float16', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const values = elements({ type: 'float16', dims: [all.length], data: packElements('float16', all) });
    expect(values.map((value) => float16Bits(Number(value)))).toEqual(all);
  });

  it.each([
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -25, 0],
    [-Infinity, 0xfc00],
  ])('rounds %d to the nearest, ties to even', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });
});

describe('decodeTensor', () => {
  it.each([
    ['floatData', 1, [1.5, -2], [1.5, -2]],
    ['int32Data', 9, [1, 0], [true, false]],
    ['int32Data', 3, [-1, 5], [-1, 5]],
    ['int64Data', 7, ['9007199254740993', '-1'], [9007199254740993n, -1n]],
    ['uint64Data', 13, ['18446744073709551615', '0'], [18446744073709551615n, 0n]],
    ['doubleData', 11, [0.1, 1e300], [0.1, 1e300]],
  ])('reads %s of element type %d', (field, dataType, stored, expected) => {
    expect(elements(decodeTensor(encodeMessage('TensorProto', { dims: [2], dataType, [field]: stored })))).toEqual(
      expected,
    );
  });

  it('refuses data that do not fill the shape', () => {
    expect(() => decodeTensor(encodeMessage('TensorProto', { dims: [3], dataType: 1, floatData: [1] }))).toThrow(
      'a float32 tensor of 3 elements has 4 bytes',
    );
  });
});

describe('difference', () => {
  it.each([
    [floats(1), floats(1.0009), undefined],
    [floats(1), floats(1.002), 'element 0 is'],
    [floats(Number.NaN, Infinity), floats(Number.NaN, Infinity), undefined],
    [floats(Number.NaN), floats(0), 'element 0 is 0'],
    [floats(1, 2), { ...floats(1, 2), dims: [2, 1] }, 'shape [2,1], expected [2]'],
    [floats(1), { type: 'float64', dims: [1], data: packElements('float64', [1]) } as const, 'type float64'],
  ])('compares tensors (%#)', (expected, actual, found) => {
    if (found === undefined) expect(difference(expected, actual)).toBeUndefined();
    else expect(difference(expected, actual)).toContain(found);
  });

  it('tells -0 from 0 only where bits count', () => {
    expect(difference(floats(0), floats(-0))).toBeUndefined();
    expect(identical(floats(0), floats(-0))).toBe(false);
  });
});

describe('the v2 encodings', () => {
  it('write what JSON numbers cannot say as strings, and integers exactly', () => {
    const integers: TensorValue = { type: 'int64', dims: [1], data: packElements('int64', ['9007199254740993']) };
    const { body } = encodeJsonRequest([
      { name: 'a', tensor: floats(Number.NaN, -Infinity, -0) },
      { name: 'b', tensor: integers },
    ]);
    expect(body).toBe(
      '{"inputs":[{"name":"a","shape":[3],"datatype":"FP32","data":["NaN","-Infinity",-0]},{"name":"b","shape":[1],"datatype":"INT64","data":[9007199254740993]}]}',
    );
  });

  it('read long integers without rounding and leave fractions and strings alone', () => {
    const body = Buffer.from(
      '{"outputs":[{"name":"i","shape":[1],"datatype":"INT64","data":[-9223372036854775807]},{"name":"f","shape":[1],"datatype":"FP64","data":[0.1234567890123456789]},{"name":"s","shape":[1],"datatype":"BYTES","data":["[9007199254740993]"]}]}',
    );
    expect(decodeResponse({}, body).map(({ tensor }) => elements(tensor))).toEqual([
      [-9223372036854775807n],
      [0.12345678901234568],
      ['[9007199254740993]'],
    ]);
  });

  it('carry binary tensors after a JSON header of the announced length', () => {
    const { body, headers } = encodeBinaryRequest([
      { name: 'a', tensor: floats(1) },
      { name: 's', tensor: { type: 'string', dims: [1], data: ['hé'] } },
    ]);
    const length = Number(headers['inference-header-content-length']);
    expect(JSON.parse(Buffer.from(body).subarray(0, length).toString())).toMatchObject({
      inputs: [{ parameters: { binary_data_size: 4 } }, { parameters: { binary_data_size: 7 } }],
    });
    expect(Buffer.from(body).subarray(length).toString('hex')).toBe('0000803f0300000068c3a9');
  });

  it.each([
    ['a boolean among floats', '{"outputs":[{"name":"f","shape":[1],"datatype":"FP32","data":[true]}]}'],
    ['fewer data than the shape says', '{"outputs":[{"name":"f","shape":[2],"datatype":"FP32","data":[1]}]}'],
    ['no outputs', '{"outputs":null}'],
  ])('refuse %s', (_, text) => {
    expect(() => decodeResponse({}, Buffer.from(text))).toThrow();
  });
});
