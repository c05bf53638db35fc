import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsFromJson, tensorFromJson, tensorFromList } from './json-tensor.ts';
import { parseJson, parseJsonExactly } from './lossless-json.ts';
import { renderFlat, renderNested } from './render-json-tensor.ts';
import { Problem } from '../errors/problem.ts';
import { elementTraits, elementTypes, type ElementType } from '../tensor/element-types.ts';
import { bytesOf, elementCount, type Tensor } from '../tensor/tensor.ts';

const naming = { input: 'x' };
const spec = (type: ElementType, shape: readonly (number | string)[]) => ({ name: 'x', type, shape });

/** Tensors of any type and of rank up to 3 from random bytes; NaN in its only form that text can represent. */
const anyTensor = fc
  .tuple(
    fc.constantFrom(...elementTypes),
    fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    fc.infiniteStream(fc.nat(255)),
  )
  .map(([type, shape, stream]): Tensor => {
    const count = elementCount(shape);
    if (type === 'string') {
      return { type, shape, data: Array.from({ length: count }, () => String.fromCharCode(1 + stream.next().value * 3)) };
    }
    const data = elementTraits[type].create(count);
    if (Array.isArray(data)) throw new Error('strings are done');
    const bytes = bytesOf(data);
    for (let index = 0; index < bytes.length; index++) bytes[index] = stream.next().value % (type === 'bool' ? 2 : 256);
    for (let index = 0; index < data.length; index++) {
      if (type === 'float16' && (Number(data[index]) & 0x7c00) === 0x7c00) data[index] = 0x7e00;
      if ((data instanceof Float32Array || data instanceof Float64Array) && Number.isNaN(data[index]))
        data[index] = NaN;
    }
    return { type, shape, data };
  });

describe('tensors as JSON', () => {
  it('are the same to the last bit after a round trip, nested and flat', () => {
    fc.assert(
      fc.property(anyTensor, (tensor) => {
        const nested = tensorFromJson(parseJsonExactly(renderNested(tensor)), tensor.type, tensor.shape, [], naming);
        expect(nested).toEqual(tensor);
        const list = parseJsonExactly(renderFlat(tensor)) as unknown[];
        expect(tensorFromList(list, tensor.type, tensor.shape, [], naming)).toEqual(tensor);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['float64', [NaN, Infinity, -Infinity, -0, 0, 5e-324], '["NaN","Infinity","-Infinity",-0.0,0,5e-324]'],
    ['int64', [9007199254740993n, -9223372036854775808n], '[9007199254740993,-9223372036854775808]'],
    ['uint64', [18446744073709551615n], '[18446744073709551615]'],
  ] as const)('writes %s without loss', (type, values, text) => {
    const data = elementTraits[type].create(values.length);
    for (const [index, value] of values.entries()) data[index] = value;
    expect(renderFlat({ type, shape: [values.length], data })).toBe(text);
  });

  it('keeps long integers exact at any place, and texts with digits as texts', () => {
    const text = '{"a":[9007199254740993,"9007199254740993",1.5e300],"b\\"9007199254740993":-0.12345678901234567}';
    expect(JSON.stringify(parseJsonExactly(text))).toBe(
      '{"a":["\\u0000exact:9007199254740993","9007199254740993",1.5e+300],"b\\"9007199254740993":-0.12345678901234566}',
    );
  });
});

describe('rowsFromJson', () => {
  it.each([
    ['a single row', [1, 2, 3], ['batch', 3], [1, 3], true],
    [
      'a batch',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      ['batch', 3],
      [2, 3],
      false,
    ],
    ['a batch of single values', [1, 2, 3], ['batch'], [3], false],
    ['one single value', 5, ['batch'], [1], true],
    [
      'one image of a fixed size',
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2, 2],
      [1, 2, 2],
      true,
    ],
    ['a scalar', 5, [], [], false],
    ['an empty batch', [], ['batch'], [0], false],
  ] as const)('reads %s', (_, value, shape, expected, isRow) => {
    const read = rowsFromJson(value, spec('float32', shape), ['body'], naming);
    expect([read.tensor.shape, read.isRow]).toEqual([[...expected], isRow]);
  });

  it.each([
    ['too few columns', [1, 2], 'takes 3 values a row (a, b, c), got 2'],
    [
      'uneven rows',
      [
        [1, 2, 3],
        [4, 5],
      ],
      'body[1]: input "x" is uneven: expected a list of 3 here, got 2',
    ],
    [
      'a list in a row',
      [
        [1, 2, 3],
        [4, [5], 6],
      ],
      'body[1][1]: input "x" column 1 ("b") must be a number',
    ],
    [
      'text',
      [1, 'two', 3],
      'body[1]: input "x" column 1 ("b") must be a number within the range of float32, got the string "two"',
    ],
    ['null', [1, null, 3], 'send the string "NaN"'],
    ['a number beyond float32', [1, 1e39, 3], 'got 1e+39'],
    ['nesting that is too deep', [[[1, 2, 3]]], 'lists nested 2 deep, or 1 for a single row, got nesting of 3'],
    ['an object', { a: 1 }, 'got an object'],
  ])('refuses %s and says where', (_, value, message) => {
    const read = (): unknown =>
      rowsFromJson(value, spec('float32', ['batch', 3]), ['body'], { input: 'x', columns: ['a', 'b', 'c'] });
    expect(read).toThrow(Problem);
    expect(read).toThrow(message);
  });

  it.each([
    ['int8', 128, 'an integer from -128 to 127'],
    ['uint8', -1, 'an integer from 0 to 255'],
    ['int32', 1.5, 'an integer from -2147483648'],
    ['int64', 1e19, 'an integer from -9223372036854775808'],
    ['uint64', -1, 'an integer from 0 to 18446744073709551615'],
    ['bool', 1, 'true or false'],
    ['string', 1, 'a string'],
    ['float16', 65_520, 'float16'],
    ['float64', '1.5', 'a number'],
  ] as const)('refuses as %s the value %j', (type, value, message) => {
    expect(() => rowsFromJson([value], spec(type, ['batch']), ['body'], naming)).toThrow(message);
  });

  it('allocates no memory for uneven lists with fewer elements than their shape', () => {
    const wide = Array.from({ length: 3000 }, () => 1);
    const value = [wide, ...Array.from({ length: 3000 }, () => [])];
    expect(() => rowsFromJson([value, [], []], spec('float64', ['a', 'b', 'c']), ['body'], naming)).toThrow('uneven');
  });
});

describe('tensorFromList', () => {
  it.each([
    ['too few', [1, 2], 'needs 4 elements for shape [2, 2], got 2'],
    ['too many', [1, 2, 3, 4, 5], 'got more'],
  ])('refuses %s elements', (_, list, message) => {
    expect(() => tensorFromList(list, 'float32', [2, 2], ['data'], naming)).toThrow(message);
  });

  it('refuses deep nesting without recursion', () => {
    const depth = 100_000;
    const list = parseJson('['.repeat(depth) + ']'.repeat(depth)) as unknown[];
    expect(() => tensorFromList(list, 'float32', [1, 3], ['data'], naming)).toThrow(
      'nested deeper than its dimensions',
    );
  });
});
