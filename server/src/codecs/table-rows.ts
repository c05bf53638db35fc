import { append, createGrowingTensor, finishTensor, growTo, type GrowingTensor, type ReadShare } from './growing-tensor.ts';
import { wrongElement } from './json-elements.ts';
import { describeShape } from './json-tensor.ts';
import { columnName, tableColumns } from './table-columns.ts';
import { invalid, type Location } from '../errors/problem.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The rows of one input that have been read. */
export interface InputRows {
  readonly input: InputSignature;
  readonly index: number;
  readonly values: GrowingTensor;
  /** Values in a row; undefined until the first row of an input with an open dimension. */
  width: number | undefined;
  /** The shape of a row that was given whole. */
  rowShape: readonly number[] | undefined;
  /** The value of an input that has no rows: a scalar, or a first dimension of a fixed size other than 1. */
  constant: Tensor | undefined;
  /** Values of the current row. */
  filled: number;
}

/** The rows of a table that is being read. */
export interface TableRows {
  readonly inputs: readonly InputRows[];
  readonly signature: Signature;
  readonly share: ReadShare;
  /** Complete rows. */
  count: number;
}

/** Makes an empty table. */
export function createTableRows(signature: Signature, share: ReadShare): TableRows {
  const { widths } = tableColumns(signature);
  const inputs = signature.inputs.map((input, index): InputRows => ({
    input,
    index,
    values: createGrowingTensor(input.type),
    width: widths[index],
    rowShape: undefined,
    constant: undefined,
    filled: 0,
  }));
  return { inputs, signature, share, count: 0 };
}

/** Writes one value of the current row; `loc` is copied. @throws Problem 422 if it does not fit the input */
export function writeValue(table: TableRows, rows: InputRows, slot: number, value: unknown, loc: Location): void {
  const { values, width = 1 } = rows;
  const start = table.count * width;
  if (values.length < start + width) growTo(values, start + width, table.share);
  rows.filled++;
  if (values.write(values.data, start + slot, value)) return;
  const name = columnName(table.signature, rows.index, slot) ?? '';
  throw wrongElement(rows.input.type, value, [...loc], `input "${rows.input.name}" column ${slot} ("${name}")`);
}

/** True if an input has one value for all rows: a scalar, or a first dimension that is no number of rows. */
export function isConstant({ shape }: InputSignature): boolean {
  const [first] = shape;
  return first === undefined || (typeof first === 'number' && first !== 1 && shape.length > 1);
}

/** Writes a whole row of an input, a tensor with a first dimension of 1. @throws Problem 422 if it is no single row, or unlike the others */
export function writeRow(table: TableRows, rows: InputRows, row: Tensor, loc: Location): void {
  const { input, values } = rows;
  rows.filled = rows.width ?? 1;
  if (isConstant(input)) {
    rows.constant ??= row;
    if (isEqual(rows.constant, row)) return;
    throw invalid(loc, `input "${input.name}" has no rows: it must be the same in all rows`, 'shape');
  }
  if (row.shape[0] !== 1) throw invalid(loc, `input "${input.name}" must be one row here, got ${row.shape[0] ?? 0}`, 'shape');
  const shape = row.shape.slice(1);
  rows.rowShape ??= shape;
  if (shape.join() !== rows.rowShape.join()) {
    const msg = `the rows of input "${input.name}" differ in shape: ${describeShape(rows.rowShape)} and ${describeShape(shape)}`;
    throw invalid(loc, msg, 'shape');
  }
  rows.width = row.data.length;
  rows.filled = row.data.length;
  values.length = table.count * row.data.length;
  append(values, row, table.share);
}

/** Writes rows that come together, as a tensor. @throws Problem 422 if they are unlike the rows before */
export function writeBatch(table: TableRows, rows: InputRows, batch: Tensor, loc: Location): void {
  const shape = batch.shape.slice(1);
  rows.rowShape ??= shape;
  if (shape.join() !== rows.rowShape.join()) {
    const msg = `the rows of input "${rows.input.name}" differ in shape: ${describeShape(rows.rowShape)} and ${describeShape(shape)}`;
    throw invalid(loc, msg, 'shape');
  }
  append(rows.values, batch, table.share);
  table.count += batch.shape[0] ?? 0;
}

/** Ends the current row, which had values for `names`. @throws Problem 422 if it lacks a value, or has one twice */
export function endRow(table: TableRows, names: readonly string[], loc: Location): void {
  for (const rows of table.inputs) {
    const width = rows.width ?? rows.filled;
    if (rows.filled !== width || width === 0) throw incompleteRow(table, rows, names, loc);
    rows.filled = 0;
  }
  table.count++;
}

function incompleteRow({ signature }: TableRows, rows: InputRows, names: readonly string[], loc: Location): Error {
  const { name, columns } = rows.input;
  if (rows.filled > (rows.width ?? 0)) {
    return invalid([...loc, name], `input "${name}" is given whole and by its columns`, 'duplicate');
  }
  const all = Array.from({ length: rows.width ?? 0 }, (_, slot) => columnName(signature, rows.index, slot) ?? name);
  const missing = all.find((column) => !names.includes(column));
  const isWhole = columns === undefined && rows.filled === 0;
  return isWhole || missing === undefined
    ? invalid([...loc, name], `input "${name}" is missing`, 'missing')
    : invalid([...loc, missing], `column "${missing}" is missing`, 'missing');
}

/** The tensors of all inputs. */
export function finishTable({ inputs, count }: TableRows): Tensor[] {
  return inputs.map(({ input, values, width = 0, rowShape, constant }) => {
    if (constant !== undefined) return constant;
    const fixed = input.shape.slice(1).filter((size) => typeof size === 'number');
    const isFixed = input.shape.length !== 2 && fixed.length === input.shape.length - 1;
    return finishTensor(values, [count, ...(rowShape ?? (isFixed ? fixed : [width]))]);
  });
}

function isEqual(a: Tensor, b: Tensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false;
  for (let index = 0; index < a.data.length; index++) {
    if (!Object.is(a.data[index], b.data[index])) return false;
  }
  return true;
}
