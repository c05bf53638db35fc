import { describe, expect, it } from 'vitest';
import { compareAnswers, compareOutputs, compareValues } from './answer-comparison.ts';
import { toLosslessJson } from '../json/lossless.ts';

const exactly = { absolute: 0, relative: 0 };

describe('comparing values', () => {
  it.each([
    ['equal numbers', 1, 1, exactly, null],
    ['numbers within the absolute tolerance', 1, 1.25, { absolute: 0.25, relative: 0 }, null],
    ['numbers beyond it', 1, 1.26, { absolute: 0.25, relative: 0 }, 'x'],
    ['numbers within the relative tolerance', -200, -199, { absolute: 0, relative: 0.01 }, null],
    ['not a number for a number', 1, 'NaN', { absolute: 5, relative: 0 }, 'x'],
    ['the same text', 'cat', 'cat', exactly, null],
    ['another text', 'cat', 'dog', { absolute: 5, relative: 5 }, 'x'],
    ['arrays of another length', [1, 2], [1], exactly, 'x'],
    ['a difference deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, exactly, 'x.a[0].b'],
    ['a key too many', { a: 1 }, { a: 1, b: 2 }, exactly, 'x.b'],
    ['a key too few', { a: 1 }, {}, exactly, 'x.a'],
    ['null for zero', 0, null, exactly, 'x'],
  ])('compares %s', (_case, expected, found, tolerance, at) => {
    expect(compareValues(toLosslessJson(expected), toLosslessJson(found), tolerance, 'x')?.at ?? null).toBe(at);
  });
});

describe('comparing the outputs of a case', () => {
  const output = (value: number[]) => ({ value, ...exactly });

  it('finds outputs by key and by JSON pointer', () => {
    const body = JSON.stringify({ prediction: [1], outputs: [{ data: [2] }], 'a/b': [3] });
    expect(
      compareOutputs({ prediction: output([1]), '/outputs/0/data': output([2]), '/a~1b': output([3]) }, { body }),
    ).toBeNull();
  });

  it.each([
    ['a missing output', '{}', { at: 'prediction', expected: '[1]', found: 'nothing' }],
    ['an inherited name', '[]', { at: 'prediction', expected: '[1]', found: 'nothing' }],
    ['an answer that is not JSON', '<html>', { at: 'the answer', expected: 'JSON', found: '<html>' }],
    [
      'an answer that is no text',
      Uint8Array.of(0xff, 1),
      { at: 'the answer', expected: 'JSON', found: '2 bytes that are no text' },
    ],
  ])('says what is wrong with %s', (_case, body, difference) => {
    expect(compareOutputs({ prediction: output([1]) }, { body })).toEqual(difference);
  });

  it('tells whole numbers apart that float64 does not', () => {
    const expected = { ids: { value: [9007199254740992], ...exactly } };
    expect(compareOutputs(expected, { body: '{"ids":[9007199254740992]}' })).toBeNull();
    expect(compareOutputs(expected, { body: '{"ids":[9007199254740993]}' })?.found).toBe('9007199254740993');
  });
});

const within = { absolute: 0.1, relative: 0 };
const npy = (...bytes: number[]) => Uint8Array.of(0x93, 0x4e, ...bytes);

describe('comparing answers of two releases', () => {
  it.each([
    ['JSON within the tolerance', 'application/json', '{"y":[1.0]}', '{"y":[1.05]}'],
    ['JSON whose keys and white space are in another order', 'application/json', '{"a":1,"b":2}', '{ "b": 2, "a": 1 }'],
    ['JSON with a parameter of the media type', 'application/json; charset=utf-8', '{"y":1.0}', '{"y":1.05}'],
    ['JSON without a media type', undefined, '{"y":1.0}', '{"y":1.05}'],
    ['another JSON type', 'application/problem+json', '{"y":1.0}', '{"y":1.05}'],
    [
      'Infinity in JSON of Python',
      'application/json',
      '{"y":[Infinity,-Infinity,NaN]}',
      '{"y":[Infinity,-Infinity,NaN]}',
    ],
    ['a number too large for float64', 'application/json', '[1e400]', '[1e400]'],
    ['a whole number with and without a point', 'application/json', '[1000.0]', '[1000]'],
    ['CSV within the tolerance', 'text/csv', '1.0,2.0\n3.0,cat', '1.05,2.0\n3.0,cat'],
    ['CSV with and without a last line break', 'text/csv', '1.0,2.0\r\n', '1.0,2.0'],
    ['CSV with an exponent on one side', 'text/csv', '9.99e-05', '0.0001'],
    ['CSV of another dialect', 'text/csv', '1.0;2.0', '1.05;2.0'],
    ['CSV with a comma in quotes', 'text/csv', '"a, ""b""",1.0', '"a, ""b""",1.05'],
    ['Infinity in CSV', 'text/csv', 'inf,-inf,nan', 'inf,-inf,nan'],
    [
      'JSON lines within the tolerance',
      'application/jsonlines',
      '{"y":[1.0]}\n{"y":[2.0]}\n',
      '{"y":[1.05]}\n{"y":[2.0]}',
    ],
    ['JSON lines under another name', 'application/x-ndjson', '[1.0]\n[2.0]', '[1.05]\n[2.0]'],
    ['numbers in plain text', 'text/plain', '0.93\n', '0.94\n'],
    ['the same bytes', 'application/octet-stream', npy(1, 2, 255), npy(1, 2, 255)],
  ])('finds no difference in %s', (_case, contentType, before, after) => {
    expect(compareAnswers({ body: before, contentType }, { body: after, contentType }, within)).toBeNull();
  });

  it.each([
    ['JSON beyond the tolerance', 'application/json', '{"y":[1.0]}', '{"y":[1.2]}', 'answer.y[0]'],
    ['JSON and something else', 'application/json', '{"y":[1.0]}', 'an error', 'the answer from character 1'],
    ['int64 beyond 2^53', 'application/json', '[9007199254740993]', '[9007199254740994]', 'answer[0]'],
    [
      'int64 that float64 rounds to the same',
      'application/json',
      '[9007199254740992]',
      '[9007199254740993]',
      'answer[0]',
    ],
    ['int64 in CSV', 'text/csv', '9007199254740992,1', '9007199254740993,1', 'row 1, field 1'],
    ['int64 in JSON lines', 'application/jsonlines', '[9007199254740992]\n', '[9007199254740993]\n', 'line 1[0]'],
    ['numbers that are too large for float64', 'application/json', '[1e400]', '[1e500]', 'answer[0]'],
    ['Infinity and its opposite', 'application/json', '[Infinity]', '[-Infinity]', 'answer[0]'],
    ['a number and NaN', 'application/json', '[1]', '[NaN]', 'answer[0]'],
    ['keys that occur twice', 'application/json', '{"a":1,"a":2}', '{"a":3,"a":2}', 'the answer from character 6'],
    ['a number and its text', 'application/json', '[1]', '["1"]', 'answer[0]'],
    ['CSV beyond the tolerance', 'text/csv', '1.0,2.0', '1.0,2.2', 'row 1, field 2'],
    ['identifiers with leading zeros', 'text/csv', '007', '7', 'row 1, field 1'],
    ['identifiers that look like an exponent', 'text/csv', '1e3', '1000', 'row 1, field 1'],
    ['a hexadecimal number', 'text/csv', '0x10', '16', 'row 1, field 1'],
    ['merged rows', 'text/csv', '1,2\n3,4', '1,2,3,4', 'answer'],
    ['rows that are cut elsewhere', 'text/csv', '1,2\n3', '1\n2,3', 'row 1'],
    ['an empty field', 'text/csv', '1,,2', '1,2', 'row 1'],
    ['an empty field at the end', 'text/csv', '1,2,', '1,2', 'row 1'],
    ['an empty field for a zero', 'text/csv', '1,0', '1,', 'row 1, field 2'],
    ['an empty row', 'text/csv', '1\n\n2', '1\n2', 'answer'],
    ['white space in a field', 'text/csv', 'a b', 'a  b', 'row 1, field 1'],
    ['another separator', 'text/csv', '1,2', '1;2', 'row 1'],
    ['merged JSON lines', 'application/jsonlines', '[1]\n[2]', '[1,2]', 'answer'],
    ['white space in plain text', 'text/plain', 'a b', 'a  b', 'line 1'],
    ['numbers in a type that is not known here', 'application/x-team', '1.0', '1.05', 'the answer from character 4'],
    ['bytes that are no text', 'application/octet-stream', npy(1, 0xfe), npy(1, 0xff), 'byte 4'],
    ['bytes that are no text, under a text type', 'text/csv', npy(0xfe), npy(0xff), 'byte 3'],
    ['bytes that end earlier', 'application/x-npy', npy(1, 0xff), npy(1), 'byte 4'],
  ])('finds the difference between %s', (_case, contentType, before, after, at) => {
    expect(compareAnswers({ body: before, contentType }, { body: after, contentType }, within)?.at).toBe(at);
  });

  it.each([
    ['JSON', 'application/json', (text: string) => text],
    [
      'the JSON before binary tensors',
      'application/octet-stream',
      (text: string) => Buffer.from(`${text}\xff\x00`, 'latin1'),
    ],
  ])(
    'takes another version of the model for no difference in %s, and another value for one',
    (_form, contentType, bodyOf) => {
      const answer = (version: string, value: number) => ({
        contentType,
        body: bodyOf(
          `{"model_name":"a\\"b","model_version":"${version}","outputs":[{"name":"y","data":[${String(value)}]}]}`,
        ),
      });
      expect(compareAnswers(answer('1', 2), answer('2.10', 2), exactly)).toBeNull();
      expect(compareAnswers(answer('1', 2), answer('2.10', 3), exactly)).not.toBeNull();
    },
  );

  it('finds the difference between two media types', () => {
    const [json, csv] = [
      { body: '1', contentType: 'application/json' },
      { body: '1', contentType: 'text/csv' },
    ];
    expect(compareAnswers(json, csv, within)).toEqual({
      at: 'the media type',
      expected: 'application/json',
      found: 'text/csv',
    });
  });
});
