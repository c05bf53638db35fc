import { describe, expect, it } from 'vitest';
import { decodeCsv, renderCsv } from './csv.ts';
import { createCsvReader } from './csv-text.ts';
import { resolveSignature } from '../signature/signature.ts';

const numbers = resolveSignature({
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
});
const named = resolveSignature(
  {
    inputs: [{ name: 'x', type: 'float32', shape: ['batch', 2] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
  },
  { inputs: { x: { columns: ['width', 'height'] } } },
);
const mixed = resolveSignature({
  inputs: [
    { name: 'age', type: 'int64', shape: ['batch', 1] },
    { name: 'city', type: 'string', shape: ['batch'] },
  ],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
});

/** The records of CSV text that comes in pieces. */
function parseCsv(...pieces: readonly string[]): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const reader = createCsvReader({
    cell: (text) => record.push(text),
    endRecord: () => {
      records.push(record);
      record = [];
    },
  });
  for (const piece of pieces) reader.read(piece);
  reader.end();
  return records;
}

describe('createCsvReader', () => {
  it.each([
    [
      'plain rows',
      '1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'CRLF, no end of line, blank lines',
      '1,2\r\n\r\n3,4',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'quotes, commas and line feeds in cells',
      '"a ""b"", c","d\ne"\nx,""\n',
      [
        ['a "b", c', 'd\ne'],
        ['x', ''],
      ],
    ],
    ['empty cells', ',\n', [['', '']]],
  ])('reads %s', (_, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  it('refuses a quoted cell without an end, and text after a quoted cell', () => {
    expect(() => parseCsv('1,"2\n3')).toThrow('the quoted cell that begins in row 0 never ends');
    expect(() => parseCsv('"1"2,3')).toThrow('row 0 has text after a quoted cell');
  });
});

describe('decodeCsv', () => {
  it.each([
    ['rows without a header', '1,2\n3,4', numbers],
    ['named columns in another order', 'height,width\n2,1\n4,3', named],
  ])('reads %s', (_, text, signature) => {
    const [tensor] = decodeCsv(text, signature, undefined).inputs;
    expect(tensor).toEqual({ type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  });

  it('reads columns of several types into several inputs without loss', () => {
    const { inputs } = decodeCsv('city,age\n"Nowhere, far",9007199254740993\n', mixed, undefined);
    expect(inputs).toEqual([
      { type: 'int64', shape: [1, 1], data: BigInt64Array.of(9007199254740993n) },
      { type: 'string', shape: [1], data: ['Nowhere, far'] },
    ]);
  });

  it('reads NaN and infinities by their names', () => {
    const [tensor] = decodeCsv('nan,-inf', numbers, undefined).inputs;
    expect(tensor?.data).toEqual(Float32Array.of(NaN, -Infinity));
  });

  it.each([
    ['1,2\n3', 'row 1 has 1 cells, expected 2'],
    ['1,x', 'row 0, column 1 must be a number'],
    ['1,-', 'must be a number'],
    ['1,2,3', 'has shape [batch, 2], got [1, 3]'],
    ['', 'the body has no rows'],
  ])('refuses %j', (text, message) => {
    expect(() => decodeCsv(text, numbers, 'absent')).toThrow(message);
  });

  it('names the column that a header lacks', () => {
    expect(() => decodeCsv('width\n1', named, undefined)).toThrow('column "height" is missing');
  });
});

describe('renderCsv', () => {
  it('quotes only cells that need it', () => {
    expect(renderCsv({ type: 'string', shape: [2, 2], data: ['a', 'b,c', 'd"e', ''] })).toBe('a,"b,c"\n"d""e",\n');
  });

  it('writes one row of values a line', () => {
    expect(renderCsv({ type: 'float64', shape: [2, 2], data: Float64Array.of(1, NaN, -0.5, Infinity) })).toBe(
      '1,NaN\n-0.5,Infinity\n',
    );
  });
});
