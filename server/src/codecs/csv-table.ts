import { createCsvReader, type CellSink, type CsvReader } from './csv-text.ts';
import type { DecodedRequest } from './codec.ts';
import { checkShape, primaryInput } from './fit-input.ts';
import { growTo, type ReadShare } from './growing-tensor.ts';
import { wrongElement } from './json-elements.ts';
import { markExact } from './lossless-json.ts';
import { namesNothing } from './json-table.ts';
import { tableColumns, targetsOfHeader, type Target } from './table-columns.ts';
import { createTableRows, finishTable, type InputRows, type TableRows } from './table-rows.ts';
import { invalid } from '../errors/problem.ts';
import type { ElementType } from '../tensor/element-types.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';

/** The Content-Type's parameter `header`. Undefined: the first record is a header if each of its cells is a column's name. */
export type HeaderParameter = 'present' | 'absent' | undefined;

/** Reads CSV text as the model's inputs. */
export interface CsvTable extends CsvReader {
  /** The rows, after `end`. @throws Problem 422 if there are none */
  readonly finish: () => DecodedRequest;
}

/** Where the cells of a column go. */
interface Place {
  readonly rows: InputRows;
  readonly slot: number;
}

/** Makes a reader of CSV text. `share` says how much of the body it has read. */
export function createCsvTable(signature: Signature, header: HeaderParameter, share: ReadShare): CsvTable {
  const table = createTableRows(signature, share);
  /** The cells of the first record, while it may be a header. */
  let first: string[] | undefined = [];
  let names: readonly string[] | undefined;
  let places: readonly Place[] | undefined;
  let width: number | undefined;
  let column = 0;
  const [only] = table.inputs;
  if (header === 'absent') first = undefined;

  const begin = (): void => {
    if (signature.inputs.length === 1) primaryInput(signature);
    else places = positionalPlaces(table);
    width = places?.length;
  };

  const write = (text: string): void => {
    const place = places?.[column];
    const rows = places === undefined ? only : place?.rows;
    const slot = place?.slot ?? column;
    // A cell too many has no place; the end of the record refuses it.
    if (rows !== undefined && (width === undefined || column < width)) {
      const { values, input } = rows;
      const index = table.count * (rows.width ?? 0) + slot;
      if (index >= values.length) growTo(values, index + 1, share);
      if (!values.write(values.data, index, cellValue(input.type, text))) {
        const row = table.count + (names === undefined ? 0 : 1);
        const name = names?.[column] ?? input.columns?.[column];
        const where = `row ${row}, column ${column}${name === undefined ? '' : ` ("${name}")`}`;
        throw wrongElement(input.type, text, ['body', row, column], `input "${input.name}" ${where}`);
      }
    }
    column++;
  };

  const beginWithHeader = (cells: readonly string[]): void => {
    first = undefined;
    names = cells.map((cell) => cell.trim());
    if (header === undefined) demandNoNumbers(names, signature);
    width = names.length;
    // Without names for its columns a model takes the cells in their order.
    if (header === 'present' && namesNothing(names, signature)) return;
    places = targetsOfHeader(names, signature, ['body', 0]).map((target) => placeOf(target, table));
  };

  const sink: CellSink = {
    cell: (text) => {
      if (first === undefined) {
        if (column === 0 && table.count === 0 && names === undefined) begin();
        write(text);
        return;
      }
      first.push(text);
      if (header === 'present' || tableColumns(signature).targets.has(text.trim())) return;
      const cells = first;
      first = undefined;
      begin();
      cells.forEach(write);
    },
    endRecord: () => {
      if (first !== undefined) {
        beginWithHeader(first);
        return;
      }
      const row = table.count + (names === undefined ? 0 : 1);
      if (places === undefined && only !== undefined && table.count === 0) {
        checkRow(column, only.input);
        only.width = column;
        width ??= column;
      }
      if (column !== width) {
        const msg = `row ${row} has ${column} cells, expected ${width ?? 0}`;
        throw invalid(['body', row], msg, 'shape', `${width ?? 0} cells`, String(column));
      }
      column = 0;
      table.count++;
    },
  };
  return {
    ...createCsvReader(sink),
    finish: () => {
      if (table.count > 0) return { inputs: finishTable(table), form: { kind: 'instances', rows: table.count } };
      const msg = names === undefined ? 'the body has no rows' : 'the body has a header and no rows';
      throw invalid(['body'], msg, 'missing');
    },
  };
}

/** Checks the cells of the first record against an input whose columns have no names. @throws Problem 422 */
function checkRow(cells: number, input: InputSignature): void {
  const width = input.shape.slice(1).reduce((product: number | undefined, size) => {
    return product === undefined || typeof size !== 'number' ? undefined : product * size;
  }, 1);
  if (width !== undefined && input.shape.length > 0 && width !== cells) checkShape([1, cells], input, ['body']);
  if (width !== cells && input.columns !== undefined) checkShape([1, cells], { ...input, shape: [1, input.columns.length] }, ['body']);
}

/** The cells of all inputs, in the model's order. @throws Problem 422 if the number of an input's values is open */
function positionalPlaces(table: TableRows): Place[] {
  return table.inputs.flatMap((rows) => {
    const { width, input } = rows;
    if (width !== undefined) return Array.from({ length: width }, (_, slot) => ({ rows, slot }));
    const msg = `input "${input.name}" has an open dimension: its cells cannot be told from those of other inputs`;
    throw invalid(['body'], msg, 'shape');
  });
}

function placeOf(target: Target, table: TableRows): Place {
  const rows = table.inputs[target.input];
  if (rows === undefined) throw new RangeError(`no input ${target.input}`);
  if (target.kind === 'value') return { rows, slot: target.slot };
  if (rows.width === 1) return { rows, slot: 0 };
  const { name } = rows.input;
  const msg = `input "${name}" has several values a row: name its columns ${rows.input.columns?.join(', ') ?? `${name}_0, ${name}_1, …`}`;
  throw invalid(['body', 0, name], msg, 'shape');
}

/** @throws Problem 422 if each name is also a number: the first record could be data */
function demandNoNumbers(names: readonly string[], { inputs }: Signature): void {
  if (inputs.some(({ type }) => type === 'string')) return;
  if (!names.every((name) => cellValue('float64', name) !== undefined)) return;
  const msg = `the first record (${names.slice(0, 20).join(', ')}) may be a header, as all cells are names of columns, or data, as all cells are numbers: send text/csv; header=present or text/csv; header=absent`;
  throw invalid(['body', 0], msg, 'ambiguous');
}

const cellNumbers = new Map([
  ['nan', 'NaN'],
  ['-nan', 'NaN'],
  ['inf', 'Infinity'],
  ['+inf', 'Infinity'],
  ['infinity', 'Infinity'],
  ['+infinity', 'Infinity'],
  ['-inf', '-Infinity'],
  ['-infinity', '-Infinity'],
]);

/** What pandas, R and Python's csv module write for a missing value. */
const missingValues = new Set(['', 'NA', '<NA>', 'N/A', 'n/a', 'NULL', 'null', 'None']);

/** The JSON value of a cell, or undefined if it has another type. */
function cellValue(type: ElementType, cell: string): unknown {
  if (type === 'string') return cell;
  const text = cell.trim();
  if (type === 'bool') return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
  if (type === 'int64' || type === 'uint64') {
    const [, sign = '', digits] = /^([+-]?)(\d+)(?:\.0*)?$/.exec(text) ?? [];
    if (digits === undefined) return undefined;
    return digits.length < 16 ? Number(sign + digits) : markExact((sign === '-' ? '-' : '') + digits);
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (!type.startsWith('float')) return undefined;
  return missingValues.has(text) ? 'NaN' : cellNumbers.get(text.toLowerCase());
}
