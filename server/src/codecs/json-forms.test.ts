import { describe, expect, it } from 'vitest';
import type { DecodedRequest } from './codec.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { jsonlines } from './jsonlines.ts';
import { runAtOnce } from './steps.ts';
import { Problem } from '../errors/problem.ts';
import { payloadOf } from '../testing/payloads.ts';
import type { ElementType } from '../tensor/element-types.ts';
import { resolveSignature, type Signature } from '../signature/signature.ts';
import type { SignatureFile } from '../signature/signature-file.ts';

type Inputs = Readonly<Record<string, readonly [ElementType, readonly (number | string)[]]>>;

function signatureOf(inputs: Inputs, file: SignatureFile = {}): Signature {
  const specs = Object.entries(inputs).map(([name, [type, shape]]) => ({ name, type, shape }));
  return resolveSignature({ inputs: specs, outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }] }, file);
}

const codecs = { json, csv, jsonlines };

function decode(body: string | object, signature: Signature, codec: keyof typeof codecs = 'json'): DecodedRequest {
  return codecs[codec].decode(payloadOf(body), signature);
}

const shapeOf = (body: object, signature: Signature): unknown => decode(body, signature).inputs[0]?.shape;

describe.each([
  ['without a name', ''],
  ['with a name', 'length'],
])('an open dimension %s', (_, open) => {
  const signature = signatureOf({ x: ['float32', ['', open]] });

  it.each([
    [{ features: [1, 2, 3] }, [1, 3]],
    [
      [1, 2, 3],
      [1, 3],
    ],
    [{ inputs: [1, 2, 3] }, [1, 3]],
    [{ inputs: { x: [1, 2, 3] } }, [1, 3]],
    [{ x: [1, 2, 3] }, [1, 3]],
    [{ instances: [[1, 2, 3]] }, [1, 3]],
    [{ instances: [{ x: [1, 2, 3] }] }, [1, 3]],
    [{ features: [[1], [2], [3]] }, [3, 1]],
    [{ x: [[1], [2], [3]] }, [3, 1]],
    [{ instances: [[1], [2], [3]] }, [3, 1]],
  ])('of %j gives shape %j', (body, shape) => {
    expect(shapeOf(body, signature)).toEqual(shape);
  });

  it('refuses bare values as rows, and says both readings', () => {
    expect(() => decode({ instances: [1, 2, 3] }, signature)).toThrow(/shape \[1, 3\].*shape \[3, 1\]/);
    expect(() => decode('1\n2\n3\n', signature, 'jsonlines')).toThrow(/shape \[1, 3\].*shape \[3, 1\]/);
  });
});

it.each([
  [[1, 2, 3], 'a row is a list of 2 values: send [[…], […]]'],
  [[1, 2], 'the 2 values are one row: send [[…]]'],
])('says what bare values as rows of a fixed length can mean: %j', (instances, reading) => {
  expect(() => decode({ instances }, signatureOf({ x: ['float32', ['', 2]] }))).toThrow(reading);
});

describe('a dimension of 1', () => {
  const signature = signatureOf({ x: ['float32', ['', 1]] });

  it.each([
    [{ features: [1, 2, 3] }, [3, 1]],
    [{ x: [1, 2, 3] }, [3, 1]],
    [{ instances: [1, 2, 3] }, [3, 1]],
    [{ features: [[1], [2]] }, [2, 1]],
    [{ features: 5 }, [1, 1]],
    [{ instances: [{ x: 5 }, { x: [6] }] }, [2, 1]],
    [{ features: [] }, [0, 1]],
    [{ inputs: [{ name: 'x', shape: [2], datatype: 'FP32', data: [1, 2] }] }, [2, 1]],
  ])('may be left out in %j', (body, shape) => {
    expect(shapeOf(body, signature)).toEqual(shape);
  });
});

describe('a row of three values', () => {
  const signature = signatureOf({ x: ['float32', ['batch', 3]] });

  it('is one value of a list of rows', () => {
    expect(shapeOf({ instances: [[1, 2, 3]] }, signature)).toEqual([1, 3]);
    expect(() => decode({ instances: [1, 2, 3] }, signature)).toThrow('each row of input "x"');
  });

  it.each([
    [{ features: [1, 2, 3], parameters: {}, id: 'a' }, undefined],
    [{ features: [1, 2, 3], parameters: { classification: 3 } }, 'would change the answer'],
    [{ features: [1, 2, 3], signature_name: 'train' }, 'would change the answer'],
    [{ features: [1, 2, 3], signature_name: 'serving_default' }, undefined],
  ])('with other fields: %j', (body, message) => {
    if (message === undefined) expect(shapeOf(body, signature)).toEqual([1, 3]);
    else expect(() => decode(body, signature)).toThrow(message);
  });
});

describe('a table of blocks', () => {
  const plain = signatureOf({ num: ['float32', ['n', 3]], cat: ['string', ['n', 2]] });
  const named = signatureOf(
    { num: ['float32', ['n', 3]], cat: ['string', ['n', 2]] },
    { inputs: { num: { columns: ['age', 'size', 'rank'] }, cat: { columns: ['city', 'job'] } } },
  );
  const expected = [
    { type: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { type: 'string', shape: [2, 2], data: ['a', 'b', 'c', 'd'] },
  ];
  const record = (age: number, city: string, job: string): object => ({ job, age, size: age + 1, rank: age + 2, city });

  it.each<[string, keyof typeof codecs, string | object, Signature]>([
    ['records of columns', 'json', { instances: [record(1, 'a', 'b'), record(4, 'c', 'd')] }, named],
    ['a bare list of records', 'json', [record(1, 'a', 'b'), record(4, 'c', 'd')], named],
    [
      'records of blocks',
      'json',
      {
        instances: [
          { num: [1, 2, 3], cat: ['a', 'b'] },
          { num: [4, 5, 6], cat: ['c', 'd'] },
        ],
      },
      named,
    ],
    ['lines', 'jsonlines', `${JSON.stringify(record(1, 'a', 'b'))}\r\n\n${JSON.stringify(record(4, 'c', 'd'))}`, named],
    ['CSV', 'csv', 'rank,city,job,age,size\r\n3,a,b,1,2\r\n6,c,d,4,5\r\n', named],
    ['CSV without a header', 'csv', '1,2,3,a,b\n4,5,6,c,d\n', named],
    ['CSV with generated names', 'csv', 'num_0,num_1,num_2,cat_0,cat_1\n1,2,3,a,b\n4,5,6,c,d\n', plain],
    [
      'a split data frame',
      'json',
      {
        dataframe_split: {
          index: [0, 1],
          columns: ['city', 'age', 'size', 'rank', 'job'],
          data: [
            ['a', 1, 2, 3, 'b'],
            ['c', 4, 5, 6, 'd'],
          ],
        },
      },
      named,
    ],
    ['columns', 'json', { age: [1, 4], size: [2, 5], rank: [3, 6], city: ['a', 'c'], job: ['b', 'd'] }, named],
    [
      'a block beside columns',
      'json',
      {
        num: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        city: ['a', 'c'],
        job: ['b', 'd'],
      },
      named,
    ],
  ])('is read from %s', (_, codec, body, signature) => {
    expect(decode(body, signature, codec).inputs).toEqual(expected);
  });

  it.each<[string, keyof typeof codecs, string | object]>([
    ['records', 'json', { instances: [{ ...record(1, 'a', 'b'), extra: 1 }] }],
    ['lines', 'jsonlines', JSON.stringify({ ...record(1, 'a', 'b'), extra: 1 })],
    [
      'a split data frame',
      'json',
      { dataframe_split: { columns: ['age', 'size', 'rank', 'city', 'job', 'extra'], data: [[1, 2, 3, 'a', 'b', 1]] } },
    ],
    ['columns', 'json', { ...record(1, 'a', 'b'), extra: 1 }],
  ])('refuses an extra column in %s', (_, codec, body) => {
    expect(() => decode(body, named, codec)).toThrow('there is no column "extra"');
  });

  it.each<[string, object, string]>([
    [
      'a column twice',
      { dataframe_split: { columns: ['age', 'age', 'rank', 'city', 'job'], data: [[1, 2, 3, 'a', 'b']] } },
      'column "age" is given twice',
    ],
    ['a missing column', { instances: [{ age: 1, size: 2, city: 'a', job: 'b' }] }, 'column "rank" is missing'],
    [
      'a block and its columns',
      { instances: [{ ...record(1, 'a', 'b'), num: [1, 2, 3] }] },
      'whole and by its columns',
    ],
    ['a missing block', { instances: [{ num: [1, 2, 3] }] }, 'missing'],
    ['columns of two lengths', { ...record(1, 'a', 'b'), age: [1], size: [1, 2], rank: [3] }, 'has 2 values'],
  ])('refuses %s', (_, body, message) => {
    expect(() => decode(body, named)).toThrow(message);
  });
});

describe('deep nesting', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const v2 = `{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":${deep}}]}`;

  it.each([deep, `{"features":${deep}}`, `{"instances":${deep}}`, `{"instances":[{"x":${deep}}]}`, v2])(
    'is refused with a problem',
    (body) => {
      expect(() => decode(body, signatureOf({ x: ['float32', ['batch', 3]] }))).toThrow(Problem);
    },
  );
});

describe('inputs that have no rows', () => {
  // silero VAD: a scalar and a state whose first dimension is no number of rows.
  const signature = signatureOf({ x: ['float32', ['', '']], state: ['float32', [2, '', 2]], rate: ['int64', []] });
  const state = [[[1, 2]], [[3, 4]]];

  it('are taken whole from one record', () => {
    const { inputs } = decode({ instances: [{ x: [1, 2, 3], state, rate: 16_000 }] }, signature);
    expect(inputs.map(({ shape }) => shape)).toEqual([[1, 3], [2, 1, 2], []]);
  });

  it('must be the same in all records', () => {
    const records = [16_000, 8000].map((rate) => ({ x: [1, 2, 3], state, rate }));
    expect(() => decode({ instances: records }, signature)).toThrow('must be the same in all rows');
  });
});

describe('large bodies in steps', () => {
  const three = signatureOf({ x: ['float32', ['batch', 3]] }, { inputs: { x: { columns: ['a', 'b', 'c'] } } });
  const open = signatureOf({ x: ['float32', ['batch', '']] });
  const image = signatureOf({ x: ['float32', ['', 2, '', '']] });
  const numbers = (count: number, offset = 0): number[] =>
    Array.from({ length: count }, (_, index) => (index + offset) / 8);
  const rows = Array.from({ length: 20_000 }, (_, row) => numbers(3, row));
  const records = rows.map(([a, b, c]) => ({ c, a, b }));
  const plane = Array.from({ length: 100 }, (_, row) => numbers(300, row));

  it.each<[string, keyof typeof codecs, string | object, Signature]>([
    ['features', 'json', { features: rows }, three],
    ['one long row', 'json', { features: numbers(60_000) }, open],
    ['one image', 'json', { features: [plane, plane] }, image],
    [
      'images',
      'json',
      {
        instances: [
          [plane, plane],
          [plane, plane],
        ],
      },
      image,
    ],
    ['a record with an image', 'json', { instances: [{ x: [plane, plane] }] }, image],
    ['instances', 'json', { instances: rows }, three],
    ['records', 'json', { instances: records }, three],
    ['a bare list', 'json', rows, three],
    ['a data frame', 'json', { dataframe_split: { columns: ['c', 'b', 'a'], data: rows } }, three],
    ['columns', 'json', { a: numbers(20_000), b: numbers(20_000, 1), c: numbers(20_000, 2) }, three],
    ['inputs by name', 'json', { inputs: { x: rows } }, three],
    [
      'protocol v2',
      'json',
      { inputs: [{ name: 'x', shape: [20_000, 3], datatype: 'FP32', data: rows.flat() }] },
      three,
    ],
    [
      'protocol v2, nested',
      'json',
      { inputs: [{ name: 'x', shape: [20_000, 3], datatype: 'FP32', data: rows }] },
      three,
    ],
    ['lines', 'jsonlines', rows.map((row) => JSON.stringify(row)).join('\n'), three],
    ['lines of records', 'jsonlines', records.map((row) => JSON.stringify(row)).join('\n'), three],
    ['one long line', 'jsonlines', JSON.stringify(numbers(60_000)), open],
    ['CSV', 'csv', rows.join('\n'), three],
    ['CSV with a header', 'csv', `a,c,b\n${rows.join('\n')}`, three],
    ['one long record of CSV', 'csv', numbers(60_000).join(), open],
  ])('are read as small ones: %s', (_, codec, body, signature) => {
    const payload = payloadOf(body);
    expect(runAtOnce(codecs[codec].decodeInSteps(payload, signature))).toEqual(
      codecs[codec].decode(payload, signature),
    );
  });

  it.each<[string, object, Signature]>([
    ['an uneven row', { features: [...rows, [1, 2]] }, three],
    ['a wrong value', { instances: [...rows, [1, 'x', 2]] }, three],
    ['a missing column', { instances: [...records, { a: 1, b: 2 }] }, three],
    ['too few elements', { inputs: [{ name: 'x', shape: [2, 3], datatype: 'FP32', data: rows.flat() }] }, three],
    ['a list instead of a value', { features: [[numbers(60_000), 1, 2]] }, three],
    ['bare values as rows', { instances: numbers(60_000) }, open],
  ])('are refused as small ones: %s', (_, body, signature) => {
    const payload = payloadOf(body);
    const message = (read: () => unknown): string => {
      try {
        read();
      } catch (error) {
        return String(error).replace(/ \d+ values may.*/, '');
      }
      throw new Error('it was not refused');
    };
    const inSteps = (): unknown => runAtOnce(json.decodeInSteps(payload, signature));
    expect(message(inSteps)).toBe(message(() => json.decode(payload, signature)));
  });
});

describe.each(['json', 'csv', 'jsonlines'] as const)('an answer in %s', (codec) => {
  const signature = signatureOf({ x: ['float32', ['batch', 2]] });
  const model = { name: 'm', version: '1', signature };
  const answer = (shape: number[]) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    return codecs[codec].encode([{ type: 'float32', shape, data }], { kind: 'instances', rows: 3 }, model);
  };

  it('has one item for each of a list of rows, or is an error that says what to send', () => {
    expect(answer([3]).status).toBe(200);
    for (const shape of [[2], [4], []]) {
      expect(() => answer(shape)).toThrow(/the model gave \d answers to 3 records.*"features"/);
    }
  });
});
