import { bodyText } from './body-text.ts';
import { mainOutput, type Codec, type DecodedRequest } from './codec.ts';
import { primaryInput, checkShape } from './fit-input.ts';
import { elementWriters, renderElement, wrongElement } from './json-elements.ts';
import { markExact } from './lossless-json.ts';

import { invalid, Problem } from '../errors/problem.ts';
import { elementTraits, type ElementType } from '../tensor/element-types.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Comma-separated values, one row a line. */
export const csv: Codec = {
  name: 'csv',
  mediaTypes: ['text/csv', 'application/csv'],
  contentType: 'text/csv; charset=utf-8',
  isBinary: false,
  isV2: false,
  documentation: [
    {
      mediaType: '`text/csv`',
      request: 'one row a line, with a header or without; `; header=present` or `absent` settles it',
      response: 'one row a line',
    },
  ],
  decode: ({ body, mediaType }, signature) => decodeCsv(bodyText(body), signature, mediaType.parameters.get('header')),
  encode: (outputs, form, model) => ({
    status: 200,
    contentType: csv.contentType,
    body: renderCsv(mainOutput(outputs, form, model)),
  }),
};

/** Splits CSV text (RFC 4180; LF or CRLF) into rows of cells; blank lines are skipped. @throws Problem 400 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let position = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (position <= text.length) {
    let cell: string;
    if (text[position] === '"') {
      [cell, position] = readQuoted(text, position, rows.length);
    } else {
      let end = position;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
      cell = text.slice(position, text[end] === '\n' && text[end - 1] === '\r' && end > position ? end - 1 : end);
      position = end;
    }
    row.push(cell);
    if (text[position] !== ',') {
      if (row.length > 1 || row[0]?.trim() !== '') rows.push(row);
      row = [];
    }
    position++;
  }
  return rows;
}

function readQuoted(text: string, start: number, row: number): [cell: string, position: number] {
  let cell = '';
  let position = start + 1;
  for (;;) {
    const quote = text.indexOf('"', position);
    if (quote < 0) throw new Problem(400, `the quoted cell that begins in row ${row} never ends`);
    cell += text.slice(position, quote);
    position = quote + 1;
    if (text[position] !== '"') break;
    cell += '"';
    position++;
  }
  if (text[position] === '\r' && (text[position + 1] === '\n' || position + 1 === text.length)) position++;
  if (position < text.length && text[position] !== ',' && text[position] !== '\n') {
    throw new Problem(400, `row ${row} has text after a quoted cell`);
  }
  return [cell, position];
}

/** The columns of an input in a row. */
interface Layout {
  readonly input: InputSignature;
  readonly columns: readonly number[];
}

/** Reads CSV rows as the model's inputs. `header` is the Content-Type's parameter: present, absent or undefined. @throws Problem */
export function decodeCsv(text: string, signature: Signature, header: string | undefined): DecodedRequest {
  const rows = parseCsv(text);
  const names = headerOf(rows, signature, header);
  const body = names === undefined ? rows : rows.slice(1);
  if (body.length === 0) throw invalid(['body'], 'the body has no rows', 'missing');
  const width = names?.length ?? body[0]?.length ?? 0;
  const offset = names === undefined ? 0 : 1;
  for (const [index, row] of body.entries()) {
    if (row.length === width) continue;
    const msg = `row ${index + offset} has ${row.length} cells, expected ${width}`;
    throw invalid(['body', index + offset], msg, 'shape', `${width} cells`, String(row.length));
  }
  const layouts = names === undefined ? positionalLayouts(signature, width) : namedLayouts(signature, names);
  return { inputs: layouts.map((layout) => readLayout(body, layout, offset)), form: { kind: 'instances' } };
}

function headerOf(rows: readonly string[][], signature: Signature, header: string | undefined): string[] | undefined {
  const first = rows[0]?.map((cell) => cell.trim());
  if (first === undefined || header === 'absent') return undefined;
  if (header === 'present') return first;
  const known = new Set(signature.inputs.flatMap(({ name, columns }) => [name, ...(columns ?? [])]));
  if (first.every((cell) => known.has(cell))) return first;
  const takesText = signature.inputs.some(({ type }) => type === 'string');
  const isNumeric = (cell: string): boolean => cellValue('float64', cell) !== undefined || /^(true|false)$/i.test(cell);
  return !takesText && first.length > 0 && !first.some(isNumeric) ? first : undefined;
}

function positionalLayouts(signature: Signature, width: number): Layout[] {
  const all = Array.from({ length: width }, (_, column) => column);
  if (signature.inputs.length === 1) return [{ input: primaryInput(signature), columns: all }];
  if (signature.inputs.length !== width) {
    throw invalid(['body'], `rows have ${width} cells, but the model has ${signature.inputs.length} inputs`, 'shape');
  }
  return signature.inputs.map((input, index) => ({ input, columns: [index] }));
}

function namedLayouts(signature: Signature, names: readonly string[]): Layout[] {
  if (signature.inputs.length === 1) {
    const input = primaryInput(signature);
    // Without columns in signature.json the header is ignored: the cells keep their order.
    const columns = input.columns ?? names;
    return [{ input, columns: columns.map((column) => columnIndex(names, column)) }];
  }
  return signature.inputs.map((input) => ({ input, columns: [columnIndex(names, input.name)] }));
}

function columnIndex(names: readonly string[], column: string): number {
  const index = names.indexOf(column);
  if (index < 0)
    throw invalid(
      ['body', 0],
      `the header has no column "${column}"; it has ${names.join(', ').slice(0, 300)}`,
      'missing',
    );
  return index;
}

function readLayout(rows: readonly string[][], { input, columns }: Layout, rowOffset: number): Tensor {
  const trailing = input.shape.slice(1);
  const fixed = trailing.filter((size) => typeof size === 'number');
  const isFlat = trailing.length > 1 && fixed.length === trailing.length;
  const shape =
    input.shape.length === 1 && columns.length === 1
      ? [rows.length]
      : isFlat && fixed.reduce((a, b) => a * b, 1) === columns.length
        ? [rows.length, ...fixed]
        : [rows.length, columns.length];
  checkShape(shape, input, ['body']);
  const data = elementTraits[input.type].create(rows.length * columns.length);
  const write = elementWriters[input.type];
  let position = 0;
  for (const [row, cells] of rows.entries()) {
    for (const column of columns) {
      const cell = cells[column] ?? '';
      if (!write(data, position++, cellValue(input.type, cell))) {
        const name = input.columns?.[column];
        const place = `row ${row + rowOffset}, column ${column}${name === undefined ? '' : ` ("${name}")`}`;
        throw wrongElement(input.type, cell, ['body', row + rowOffset, column], `input "${input.name}" ${place}`);
      }
    }
  }
  return { type: input.type, shape, data };
}

const cellNumbers = new Map([
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['+inf', 'Infinity'],
  ['infinity', 'Infinity'],
  ['-inf', '-Infinity'],
  ['-infinity', '-Infinity'],
]);

/** The JSON value of a cell, or undefined if it has another type. */
function cellValue(type: ElementType, cell: string): unknown {
  if (type === 'string') return cell;
  const text = cell.trim();
  if (type === 'bool') return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
  if ((type === 'int64' || type === 'uint64') && /^-?\d+$/.test(text)) return markExact(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  return cellNumbers.get(text.toLowerCase());
}

/** One line for every row of the output, its values separated by commas. */
export function renderCsv(output: Tensor): string {
  const rows = output.shape.length === 0 ? 1 : (output.shape[0] ?? 0);
  const width = rows === 0 ? 0 : output.data.length / rows;
  let text = '';
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      if (column > 0) text += ',';
      text += renderCell(output.type, output.data[row * width + column] ?? 0);
    }
    text += '\n';
  }
  return text;
}

function renderCell(type: ElementType, element: number | bigint | string): string {
  if (typeof element !== 'string') return renderElement(type, element).replaceAll('"', '');
  return /[",\r\n]/.test(element) ? `"${element.replaceAll('"', '""')}"` : element;
}
