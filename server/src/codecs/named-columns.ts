import { primaryInput } from './fit-input.ts';
import { rowsFromJson, tensorFromJson, type ReadRows } from './json-tensor.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import { concatenateRows, type Tensor } from '../tensor/tensor.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Inputs by name, each whole: `{"a": [[1], [2]], "b": [...]}`. @throws Problem 422 */
export function inputsByName(
  body: JsonObject,
  signature: Signature,
  loc: Location,
): { inputs: Tensor[]; isRow: boolean } {
  demandNames(
    Object.keys(body),
    signature.inputs.map(({ name }) => name),
    loc,
    'input',
  );
  let isRow = true;
  const inputs = signature.inputs.map((input) => {
    const read = readInput(body[input.name], input, [...loc, input.name]);
    isRow &&= read.isRow;
    return read.tensor;
  });
  return { inputs, isRow };
}

/** An input's tensor from nested lists; for shape [batch, 1] also from a flat list or a single value. */
function readInput(value: unknown, input: InputSignature, loc: Location): ReadRows {
  const naming = { input: input.name, columns: input.columns };
  const isColumn = input.shape.length === 2 && (input.shape[1] === 1 || input.shape[1] === '');
  if (isColumn && Array.isArray(value) && !Array.isArray(value[0])) {
    const list = tensorFromJson(value, input.type, [value.length], loc, naming);
    return { tensor: { ...list, shape: [value.length, 1] }, isRow: false };
  }
  const isSingle = !Array.isArray(value) && input.shape.length <= 2 && input.shape.length > 0;
  if (isSingle && (input.shape.length === 1 || isColumn)) {
    const single = tensorFromJson(value, input.type, [], loc, naming);
    return { tensor: { ...single, shape: input.shape.map(() => 1) }, isRow: true };
  }
  return rowsFromJson(value, input, loc, naming);
}

/** One row as an object: names of columns, names of inputs, or `features` for the only input. @throws Problem 422 */
function rowFromRecord(record: JsonObject, signature: Signature, loc: Location): Tensor[] {
  const [only] = signature.inputs;
  if (only !== undefined && signature.inputs.length === 1) {
    const value = Object.hasOwn(record, only.name) ? record[only.name] : record['features'];
    const isWhole =
      Object.keys(record).length === 1 && (Object.hasOwn(record, only.name) || Object.hasOwn(record, 'features'));
    if (isWhole && only.columns?.includes(only.name) !== true) {
      return [asOneRow(value, only, [...loc, Object.keys(record)[0] ?? ''])];
    }
    if (only.columns !== undefined) {
      demandNames(Object.keys(record), only.columns, loc, 'column');
      const values = only.columns.map((column) => record[column]);
      return [asOneRow(values, only, loc)];
    }
  }
  demandNames(
    Object.keys(record),
    signature.inputs.map(({ name }) => name),
    loc,
    'input',
  );
  return signature.inputs.map((input) => asOneRow(record[input.name], input, [...loc, input.name]));
}

function asOneRow(value: unknown, input: InputSignature, loc: Location): Tensor {
  const { tensor } = readInput(value, { ...input, shape: input.shape }, loc);
  if (tensor.shape.length === 0 || tensor.shape[0] === 1) return tensor;
  throw invalid(loc, `input "${input.name}" must be one row here, got ${tensor.shape[0] ?? 0}`, 'shape');
}

/** A list of rows: objects, or lists of the only input's values. @throws Problem 422 */
export function inputsFromRows(rows: readonly unknown[], signature: Signature, loc: Location): Tensor[] {
  if (!rows.some(isObject)) {
    const input = primaryInput(signature);
    return [readInput(rows, input, loc).tensor];
  }
  const parts = rows.map((row, index) => {
    if (!isObject(row))
      throw invalid(
        [...loc, index],
        `row ${index} must be an object like the others, got ${describeValue(row)}`,
        'object_type',
      );
    return rowFromRecord(row, signature, [...loc, index]);
  });
  return signature.inputs.map((input, index) => {
    const column = parts.flatMap((row) => row[index] ?? []);
    const shapes = new Set(column.map(({ shape }) => shape.join()));
    if (shapes.size > 1) throw invalid(loc, `the rows of input "${input.name}" differ in shape`, 'shape');
    return concatenateRows(column);
  });
}

/** `{"a": 1, "b": 2}` as one row, or `{"a": [1, 2], "b": [3, 4]}` as columns. @throws Problem 422 */
export function inputsFromColumns(
  body: JsonObject,
  signature: Signature,
  loc: Location,
): { inputs: Tensor[]; isRow: boolean } {
  const [only] = signature.inputs;
  const columns = signature.inputs.length === 1 ? only?.columns : undefined;
  if (only === undefined || columns === undefined || Object.hasOwn(body, only.name))
    return inputsByName(body, signature, loc);
  demandNames(Object.keys(body), columns, loc, 'column');
  if (!Array.isArray(body[columns[0] ?? ''])) return { inputs: rowFromRecord(body, signature, loc), isRow: true };
  const lists = columns.map((column): readonly unknown[] => {
    const list: unknown = body[column];
    if (Array.isArray(list)) return list;
    throw invalid(
      [...loc, column],
      `column "${column}" must be a list like the others, got ${describeValue(list)}`,
      'list_type',
    );
  });
  const rows = lists[0]?.length ?? 0;
  const uneven = lists.findIndex((list) => list.length !== rows);
  if (uneven > 0) {
    const name = columns[uneven] ?? '';
    throw invalid(
      [...loc, name],
      `column "${name}" has ${lists[uneven]?.length ?? 0} values, the first has ${rows}`,
      'shape',
    );
  }
  const transposed = Array.from({ length: rows }, (_, row) => lists.map((list) => list[row]));
  return { inputs: [readInput(transposed, only, loc).tensor], isRow: false };
}

function demandNames(given: readonly string[], known: readonly string[], loc: Location, kind: string): void {
  const unknown = given.find((name) => !known.includes(name));
  const list = known
    .slice(0, 50)
    .map((name) => `"${name}"`)
    .join(', ');
  if (unknown !== undefined) {
    throw invalid(
      [...loc, unknown],
      `there is no ${kind} "${unknown.slice(0, 100)}"; the model has ${list}`,
      'extra_forbidden',
    );
  }
  const missing = known.find((name) => !given.includes(name));
  if (missing !== undefined) throw invalid([...loc, missing], `${kind} "${missing}" is missing`, 'missing', list);
}
