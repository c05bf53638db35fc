import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithTool } from '../../../scripts/testing/tools.ts';
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

/** Texts of few characters, among them all that CSV treats in a special way. */
const anyCsv = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', '\r\n', '1'), maxLength: 12 });

describe('createCsvReader, on text in pieces', () => {
  it('gives the same records wherever the text is cut', () => {
    fc.assert(
      fc.property(anyCsv, fc.nat(12), fc.nat(12), (text, first, second) => {
        const [start, end] = [Math.min(first, second), Math.max(first, second)];
        const read = (...pieces: string[]): unknown => {
          try {
            return parseCsv(...pieces);
          } catch (error) {
            return String(error);
          }
        };
        expect(read(text.slice(0, start), text.slice(start, end), text.slice(end))).toEqual(read(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describeWithTool('python', "createCsvReader, against Python's csv module", () => {
  it("gives the records that Python's reader gives, and refuses what it refuses in its strict mode", () => {
    const texts = fc.sample(anyCsv, { numRuns: Number(process.env['CSV_TEXTS'] ?? 3000), seed: 7 });
    const program = `
import csv, io, json, sys
def read(text):
    try:
        # An empty line gives an empty record.
        return [row for row in csv.reader(io.StringIO(text, newline=''), strict=True) if row]
    except csv.Error:
        return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;
    const expected = askPython(program, texts);
    for (const [index, text] of texts.entries()) {
      let records: string[][] | null;
      try {
        records = parseCsv(text);
      } catch {
        records = null;
      }
      expect([text, records]).toEqual([text, expected[index]]);
    }
  });

  it("has a record for each row that Python's writer wrote", () => {
    const cell = fc.constantFrom('', 'a', 'é', '"', ',', 'x\ny', 'x\r\ny', ' b ', 'NA', '-');
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 });
    const tables = fc.sample(table, { numRuns: 300, seed: 8 });
    const program = `
import csv, io, json, sys
def write(rows, end, quoting):
    out = io.StringIO(newline='')
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()
json.dump([[write(rows, end, quoting) for end in ('\\n', '\\r\\n') for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)]
           for rows in json.load(sys.stdin)], sys.stdout)
`;
    for (const [index, texts] of askPython(program, tables).entries()) {
      for (const text of texts as readonly string[]) expect(parseCsv(text)).toEqual(tables[index]);
    }
  });
});

function askPython(program: string, input: unknown): readonly unknown[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: JSON.stringify(input), encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as unknown[];
}

const text = resolveSignature({
  inputs: [{ name: 'text', type: 'string', shape: ['batch'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
});
const single = resolveSignature({
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 1] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
});
const blocks = resolveSignature({
  inputs: [
    { name: 'num', type: 'float32', shape: ['batch', 3] },
    { name: 'cat', type: 'string', shape: ['batch', 2] },
  ],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
});

describe('records of CSV', () => {
  it.each([
    [',', numbers, [NaN, NaN]],
    ['NA,NA\n1,2', numbers, [NaN, NaN, 1, 2]],
    ['nan,None\n', numbers, [NaN, NaN]],
    ['"",""\n1,2\r\n', numbers, [NaN, NaN, 1, 2]],
    ['""\n""\n1', single, [NaN, NaN, 1]],
    ['1\r2\r', single, [1, 2]],
    ['\n\n1\n\n2\n\n', single, [1, 2]],
    [' 1 , 2 ', numbers, [1, 2]],
  ])('%j are all read', (body, signature, values) => {
    expect(decodeCsv(body, signature, undefined)).toMatchObject({
      inputs: [{ data: Float32Array.from(values) }],
      form: { kind: 'instances', rows: values.length / (signature === numbers ? 2 : 1) },
    });
  });

  it('of texts keep empty ones, blanks and line ends', () => {
    const { inputs } = decodeCsv('""\n a \n"x\ny"\nNA\n', text, undefined);
    expect(inputs[0]?.data).toEqual(['', ' a ', 'x\ny', 'NA']);
  });

  it.each([
    ['-,-\n1,2', numbers, 'got the string "-"'],
    ['a,b\n1,2', numbers, 'got the string "a"'],
    ['1,2\n,', mixed, 'must be an integer'],
    ['age,city,age\n1,a,2', mixed, 'column "age" is given twice'],
    ['age,city,size\n1,a,2', mixed, 'got the string "age"'],
  ])('%j are refused', (body, signature, message) => {
    expect(() => decodeCsv(body, signature, undefined)).toThrow(message);
  });

  it('are joined with all others, whatever the borders of the chunks', () => {
    // SageMaker batch transform sends some lines at a time: MultiRecord fills a payload, SingleRecord sends each alone.
    const row = fc.array(fc.constantFrom('', '0', '-1.5', 'nan', 'NA', '1e3'), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 }),
        (rows, sizes) => {
          const whole = decodeCsv(rows.map((cells) => `${cells.join()}\n`).join(''), numbers, undefined).inputs[0];
          const parts: number[] = [];
          for (let start = 0; start < rows.length;) {
            const end = start + (sizes.pop() ?? 1);
            const chunk = rows.slice(start, end).map((cells) => `${cells.join()}\n`);
            const tensor = decodeCsv(chunk.join(''), numbers, undefined).inputs[0];
            parts.push(...Array.from(tensor?.data ?? [], Number));
            start = end;
          }
          expect(parts).toEqual(Array.from(whole?.data ?? [], Number));
        },
      ),
    );
  });
});

describe('a header', () => {
  it.each([
    ['num_0,num_1,num_2,cat_0,cat_1\n1,2,3,a,b', undefined],
    ['cat_1,num_2,cat_0,num_0,num_1\nb,3,a,1,2', undefined],
    ['1,2,3,a,b', undefined],
    ['1,2,3,a,b', 'absent'],
  ] as const)('%j names the columns of blocks', (body, header) => {
    expect(decodeCsv(body, blocks, header).inputs).toEqual([
      { type: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) },
      { type: 'string', shape: [1, 2], data: ['a', 'b'] },
    ]);
  });

  it('that could be data is refused with both readings', () => {
    const years = resolveSignature(
      { inputs: [{ name: 'x', type: 'float32', shape: ['batch', 2] }], outputs: [] },
      { inputs: { x: { columns: ['2020', '2021'] } } },
    );
    expect(() => decodeCsv('2020,2021\n1,2', years, undefined)).toThrow(/header=present or .*header=absent/);
    expect(decodeCsv('2021,2020\n1,2', years, 'present').inputs[0]?.data).toEqual(Float32Array.of(2, 1));
    expect(decodeCsv('2020,2021\n1,2', years, 'absent').inputs[0]?.shape).toEqual([2, 2]);
  });

  it.each([
    ['a,b', numbers, 'the body has a header and no rows'],
    ['a,a\n1,2', numbers, 'no input "a"'],
    ['num,cat\n1,2', blocks, 'name its columns num_0, num_1'],
    ['num_0,num_1,num_2,cat_0\n1,2,3,a', blocks, 'column "cat_1" is missing'],
    ['num_0,num_1,num_2,cat_0,cat_1,id\n1,2,3,a,b,7', blocks, 'no input "id"'],
  ])('%j is refused', (body, signature, message) => {
    expect(() => decodeCsv(body, signature, 'present')).toThrow(message);
  });

  it('is ignored if the only input has no names for its columns', () => {
    expect(decodeCsv('a,b\n1,2', numbers, 'present').inputs[0]?.data).toEqual(Float32Array.of(1, 2));
  });
});
