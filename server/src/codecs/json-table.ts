import type { ReadShare } from './growing-tensor.ts';
import { primaryInput } from './fit-input.ts';
import { eachItemGroup, isList, isObject, type JsonList, type JsonObject } from './json-values.ts';
import { stepsOfBatch, stepsOfRows } from './long-tensor.ts';
import type { Steps } from './steps.ts';
import { tableColumns, targetOf, targetsOfHeader, type Target } from './table-columns.ts';
import { createTableRows, endRow, finishTable, writeBatch, writeRow, writeValue, type TableRows } from './table-rows.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What reading a body depends on, besides the body. */
export interface Reading {
  readonly signature: Signature;
  /** How much of the body has been read. */
  readonly share: ReadShare;
  /** Elements that the body can hold at most. */
  readonly mostElements: number;
}

/** The inputs that a table holds, and its rows. */
export interface TableInputs {
  readonly inputs: Tensor[];
  readonly rows: number;
}

/** The rows of a JSON body, read from one list or from several. */
export interface JsonRows {
  /** Reads further rows, which are at `loc`. @throws Problem 422 */
  readonly read: (rows: readonly unknown[], firstRow: number, loc: Location) => Steps<void>;
  readonly finish: () => TableInputs;
}

/** Reads rows that are objects by name, or lists of the only input's values. */
export function createJsonRows(reading: Reading): JsonRows {
  const table = createTableRows(reading.signature, reading.share);
  let kind: 'records' | 'lists' | undefined;
  return {
    read: function* (rows, firstRow, loc) {
      kind ??= isObject(rows[0]) ? 'records' : 'lists';
      const odd = rows.findIndex((row) => isObject(row) !== (kind === 'records'));
      if (odd >= 0) {
        const expected = kind === 'records' ? 'an object' : 'a list';
        const msg = `row ${firstRow + odd} must be ${expected} like the others, got ${describeValue(rows[odd])}`;
        throw invalid([...loc, firstRow + odd], msg, 'object_type');
      }
      if (kind === 'records') {
        // One list for all places: only errors read it.
        const path = [...loc];
        for (const [index, row] of rows.entries()) {
          path.push(firstRow + index);
          if (isObject(row)) yield* readRecord(row, table, reading, path);
          path.pop();
        }
      } else {
        const input = primaryInput(reading.signature);
        const naming = { input: input.name, columns: input.columns };
        const batch = yield* stepsOfBatch(rows, input, loc, naming, firstRow, reading.mostElements);
        const [only] = table.inputs;
        if (only !== undefined) writeBatch(table, only, batch, loc);
      }
    },
    finish: () => ({ inputs: finishTable(table), rows: table.count }),
  };
}

/** A list of rows: objects, or lists of the only input's values. @throws Problem 422 */
export function* inputsFromRows(rows: JsonList, reading: Reading, loc: Location): Steps<TableInputs> {
  const reader = createJsonRows(reading);
  for (const [group, first] of eachItemGroup(rows)) {
    reading.share.value = (first + group.length) / rows.length;
    yield* reader.read(group, first, loc);
    yield;
  }
  return reader.finish();
}

/** Reads one row as an object: names of inputs, of columns, or `features` for the only input. */
function* readRecord(record: JsonObject, table: TableRows, reading: Reading, path: Path): Steps<void> {
  const { signature } = reading;
  const names = Object.keys(record);
  for (const name of names) {
    const target = recordTarget(name, signature, path);
    path.push(name);
    if (!writeBareValue(target, record[name], table, path)) yield* writeWhole(target, record[name], table, reading, path);
    path.pop();
  }
  endRow(table, names, path);
}

type Path = (string | number)[];

function recordTarget(name: string, signature: Signature, loc: Location): Target {
  const { targets } = tableColumns(signature);
  const isWhole = name === 'features' && signature.inputs.length === 1 && !targets.has(name);
  return isWhole ? { kind: 'row', input: 0 } : targetOf(name, signature, loc);
}

/** Writes a value that needs no list; false if the target takes a whole row. */
function writeBareValue(target: Target, value: unknown, table: TableRows, path: Location): boolean {
  const rows = table.inputs[target.input];
  if (rows === undefined) return true;
  const isOnly = target.kind === 'row' && rows.width === 1 && rows.input.shape.length <= 2 && !isList(value);
  if (target.kind === 'row' && !isOnly) return false;
  writeValue(table, rows, target.kind === 'row' ? 0 : target.slot, value, path);
  return true;
}

function* writeWhole(target: Target, value: unknown, table: TableRows, reading: Reading, path: Location): Steps<void> {
  const rows = table.inputs[target.input];
  if (rows === undefined) return;
  const naming = { input: rows.input.name, columns: rows.input.columns };
  const loc = [...path];
  const { tensor } = yield* stepsOfRows(value, rows.input, loc, naming, reading.mostElements);
  writeRow(table, rows, tensor, loc);
}

/** `{"columns": […], "data": [[…], …]}`, as pandas writes a table with orient="split". @throws Problem 422 */
export function* inputsFromSplit(split: unknown, reading: Reading, loc: Location): Steps<TableInputs> {
  const { signature } = reading;
  if (!isObject(split) || !isList(split['columns']) || !isList(split['data'])) {
    throw invalid(loc, '"dataframe_split" must have the lists "columns" and "data"', 'object_type');
  }
  const unknown = Object.keys(split).find((key) => !['columns', 'data', 'index'].includes(key));
  if (unknown !== undefined) throw invalid([...loc, unknown], `"dataframe_split" takes no "${unknown.slice(0, 100)}"`, 'extra_forbidden');
  const data = split['data'];
  if (data.length === 0) throw invalid([...loc, 'data'], '"data" has no rows', 'shape');
  const names: string[] = [];
  for (const [group] of eachItemGroup(split['columns'])) names.push(...group.map(String));
  if (namesNothing(names, signature)) return yield* inputsFromRows(data, reading, [...loc, 'data']);
  const targets = targetsOfHeader(names, signature, [...loc, 'columns']);
  const table = createTableRows(signature, reading.share);
  const path: Path = [...loc, 'data'];
  for (const [group, first] of eachItemGroup(data)) {
    reading.share.value = (first + group.length) / data.length;
    for (const [offset, row] of group.entries()) {
      path.push(first + offset);
      if (!Array.isArray(row) || row.length !== targets.length) {
        const msg = `row ${first + offset} must be a list of ${targets.length} values`;
        throw invalid([...path], msg, 'shape');
      }
      for (const [column, target] of targets.entries()) {
        path.push(column);
        if (!writeBareValue(target, row[column], table, path)) yield* writeWhole(target, row[column], table, reading, path);
        path.pop();
      }
      endRow(table, names, path);
      path.pop();
    }
    yield;
  }
  return { inputs: finishTable(table), rows: table.count };
}

/** True if the model's only input has no names for its columns, and no given name is known: the values keep their order. @throws Problem 422 for a name that is given twice */
export function namesNothing(names: readonly string[], signature: Signature): boolean {
  const [only, second] = signature.inputs;
  const { targets } = tableColumns(signature);
  return (
    only !== undefined &&
    second === undefined &&
    only.columns === undefined &&
    new Set(names).size === names.length &&
    !names.some((name) => targets.has(name))
  );
}

/** Inputs and columns by name, each for all rows: `{"a": [[1], [2]], "width": [3, 4]}`; bare values are one row. @throws Problem 422 */
export function* inputsByName(
  body: JsonObject,
  reading: Reading,
  loc: Location,
): Steps<{ inputs: Tensor[]; isRow: boolean }> {
  const { signature } = reading;
  const names = Object.keys(body);
  const columns = new Map<number, Map<number, string>>();
  const whole = new Map<number, string>();
  for (const name of names) {
    const target = targetOf(name, signature, loc);
    if (target.kind === 'row') whole.set(target.input, name);
    else columns.set(target.input, (columns.get(target.input) ?? new Map<number, string>()).set(target.slot, name));
  }
  let isRow = true;
  const inputs: Tensor[] = [];
  for (const [index, input] of signature.inputs.entries()) {
    const name = whole.get(index);
    const slots = columns.get(index);
    if (name !== undefined && slots !== undefined) {
      throw invalid([...loc, name], `input "${name}" is given whole and by its columns`, 'duplicate');
    }
    const read =
      slots === undefined
        ? yield* readWhole(name, body, input, reading, loc)
        : yield* readColumns(slots, body, index, reading, loc);
    isRow &&= read.isRow;
    inputs.push(read.tensor);
  }
  return { inputs, isRow };
}

function* readWhole(
  name: string | undefined,
  body: JsonObject,
  input: InputSignature,
  { mostElements }: Reading,
  loc: Location,
): Steps<{ tensor: Tensor; isRow: boolean }> {
  if (name === undefined) {
    const missing = input.columns?.[0] ?? input.name;
    const kind = input.columns === undefined ? 'input' : 'column';
    throw invalid([...loc, missing], `${kind} "${missing}" is missing`, 'missing');
  }
  const naming = { input: input.name, columns: input.columns };
  return yield* stepsOfRows(body[name], input, [...loc, name], naming, mostElements);
}

/** The columns of one input: lists of one length, or bare values for one row. */
function* readColumns(
  slots: ReadonlyMap<number, string>,
  body: JsonObject,
  index: number,
  reading: Reading,
  loc: Location,
): Steps<{ tensor: Tensor; isRow: boolean }> {
  const table = createTableRows(reading.signature, reading.share);
  const rows = table.inputs[index];
  if (rows === undefined) throw new RangeError(`no input ${index}`);
  const { width = 0, values } = rows;
  const [first = ''] = slots.values();
  const firstValue = body[first];
  const count = isList(firstValue) ? firstValue.length : 1;
  const missing = Array.from({ length: width }, (_, slot) => slot).find((slot) => !slots.has(slot));
  if (missing !== undefined) {
    const name = rows.input.columns?.[missing] ?? `${rows.input.name}_${missing}`;
    throw invalid([...loc, name], `column "${name}" is missing`, 'missing');
  }
  for (const [slot, name] of slots) {
    const column = body[name];
    if (isList(column) !== isList(firstValue)) {
      const expected = isList(firstValue) ? 'a list' : 'one value';
      throw invalid([...loc, name], `column "${name}" must be ${expected} like the others, got ${describeValue(column)}`, 'list_type');
    }
    const list = isList(column) ? column : [column];
    if (list.length !== count) {
      throw invalid([...loc, name], `column "${name}" has ${list.length} values, the first has ${count}`, 'shape');
    }
    const path: Path = [...loc, name];
    for (const [group, start] of eachItemGroup(list)) {
      for (const [offset, value] of group.entries()) {
        table.count = start + offset;
        path[loc.length + 1] = start + offset;
        writeValue(table, rows, slot, value, path);
      }
      yield;
    }
  }
  table.count = count;
  values.length = count * width;
  const tensor = finishTable(table)[index];
  if (tensor === undefined) throw new RangeError(`no input ${index}`);
  return { tensor, isRow: !isList(firstValue) };
}
