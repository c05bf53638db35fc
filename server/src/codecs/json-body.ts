import { primaryInput } from './fit-input.ts';
import { rowsFromJson } from './json-tensor.ts';
import {
  inputsByName,
  inputsFromRows,
  inputsFromSplit,
  stepsOfRowList,
  type Reading,
  type TableInputs,
} from './json-table.ts';
import { firstItem, isList, isObject, type JsonList, type JsonObject } from './json-values.ts';
import { parseJson, parseJsonExactly } from './lossless-json.ts';
import { stepsOfRows } from './long-tensor.ts';
import { isLarge, piecesAround, piecesOfNested } from './render-pieces.ts';
import { renderNested } from './render-json-tensor.ts';
import { runAtOnce, type Steps } from './steps.ts';
import { tableColumns } from './table-columns.ts';
import { demandAnswerForEach, type DecodedRequest, type RequestForm } from './codec.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Parses JSON text, with exact long integers if the model has 64-bit inputs. @throws Problem 400 */
export function parseBody(text: string, signature: Signature): unknown {
  const needsExact = signature.inputs.some(({ type }) => type === 'int64' || type === 'uint64');
  return needsExact ? parseJsonExactly(text) : parseJson(text);
}

/** Reads the simple bodies. @throws Problem 422 */
export function decodeSimpleJson(body: unknown, signature: Signature): DecodedRequest {
  // The most common bodies need no steps.
  if (isObject(body) && Object.hasOwn(body, 'features') && !isColumnName('features', signature)) {
    demandOnly(body, 'features');
    const value = body['features'];
    if (!isListOfObjects(value)) {
      const input = primaryInput(signature);
      const naming = { input: input.name, columns: input.columns };
      const { tensor, isRow } = rowsFromJson(value, input, featuresLocation, naming);
      return { inputs: [tensor], form: isRow ? rowForm : batchForm };
    }
  }
  if (isObject(body) && Object.hasOwn(body, 'instances') && !isColumnName('instances', signature)) {
    demandOnly(body, 'instances');
    const rows = rowsOf(body['instances'], instancesLocation);
    if (Array.isArray(rows)) return asRows(inputsFromRows(rows, signature, instancesLocation));
  }
  return runAtOnce(stepsOfSimpleJson(body, { signature, share: { value: 0 }, mostElements: Infinity }));
}

/**
 * Reads the simple bodies, in steps: `features` or a bare list for the only input, `instances` and `dataframe_records` for
 * a list of rows, `dataframe_split` for a table, `inputs` by name, or the names of columns or inputs themselves.
 * @throws Problem 422
 */
export function* stepsOfSimpleJson(body: unknown, reading: Reading): Steps<DecodedRequest> {
  if (isList(body)) return yield* readFeatures(body, reading, ['body']);
  if (!isObject(body)) {
    const msg = `the body must be a JSON object such as {"features": [...]}, got ${describeValue(body)}`;
    throw invalid(['body'], msg, 'object_type');
  }
  const { signature } = reading;
  const field = fields.find((name) => Object.hasOwn(body, name) && !isColumnName(name, signature));
  if (field === undefined) {
    if (Object.keys(body).length === 0) {
      throw invalid(
        ['body', 'features'],
        'field "features" is missing; see /docs for all forms of the body',
        'missing',
      );
    }
    return named(yield* inputsByName(body, reading, ['body']));
  }
  demandOnly(body, field);
  const loc = ['body', field];
  const value = body[field];
  switch (field) {
    case 'features':
      return yield* readFeatures(value, reading, loc);
    case 'instances':
    case 'dataframe_records':
      return asRows(yield* stepsOfRowList(rowsOf(value, loc), reading, loc));
    case 'dataframe_split':
      return asRows(yield* inputsFromSplit(value, reading, loc));
    case 'inputs':
      if (!isObject(value)) return yield* readFeatures(value, reading, loc);
      return named(yield* inputsByName(value, reading, loc));
  }
}

const fields = ['features', 'instances', 'dataframe_records', 'dataframe_split', 'inputs'] as const;
const featuresLocation = ['body', 'features'];
const instancesLocation = ['body', 'instances'];
const rowForm: RequestForm = { kind: 'features', isRow: true };
const batchForm: RequestForm = { kind: 'features', isRow: false };

function asRows({ inputs, rows }: TableInputs): DecodedRequest {
  return { inputs, form: { kind: 'instances', rows } };
}

function named({ inputs, isRow }: { inputs: Tensor[]; isRow: boolean }): DecodedRequest {
  return { inputs, form: isRow ? rowForm : batchForm };
}

/** The value of the only input, whole or one row; a list of objects is a list of rows. */
function* readFeatures(value: unknown, reading: Reading, loc: Location): Steps<DecodedRequest> {
  if (isListOfObjects(value) && isList(value)) {
    return asRows(yield* stepsOfRowList(value, reading, loc));
  }
  const input = primaryInput(reading.signature);
  const naming = { input: input.name, columns: input.columns };
  const { tensor, isRow } = yield* stepsOfRows(value, input, loc, naming, reading.mostElements);
  return { inputs: [tensor], form: isRow ? rowForm : batchForm };
}

function isListOfObjects(value: unknown): boolean {
  return isList(value) && isObject(firstItem(value));
}

/** Fields that clients of other servers send, and the values of them that change nothing. */
const neutralFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: () => true,
  signature_name: (value) => value === 'serving_default' || value === '',
  parameters: isNothing,
  params: isNothing,
};

function isNothing(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

function demandOnly(body: JsonObject, field: string): void {
  for (const key in body) {
    if (key === field) continue;
    const isNeutral = Object.hasOwn(neutralFields, key) ? neutralFields[key] : undefined;
    if (isNeutral?.(body[key]) === true) continue;
    const msg =
      isNeutral === undefined
        ? `field "${key.slice(0, 100)}" is not expected beside "${field}"`
        : `this value of "${key}" would change the answer, and is not supported`;
    throw invalid(['body', key], msg, 'extra_forbidden');
  }
}

function isColumnName(name: string, signature: Signature): boolean {
  const [only] = signature.inputs;
  if (signature.inputs.length === 1) return only?.columns?.includes(name) === true;
  return tableColumns(signature).targets.has(name);
}

function rowsOf(value: unknown, loc: Location): JsonList {
  if (isList(value) && value.length > 0) return value;
  const got = isList(value) ? 'an empty list' : describeValue(value);
  throw invalid(loc, `"${String(loc.at(-1))}" must be a list of at least one row, got ${got}`, 'list_type');
}

/** Renders `{"prediction": …}` (`predictions` for instances): the values of a single row, else the whole output. */
export function renderSimpleJson(output: Tensor, form: RequestForm): string | Iterable<string> {
  if (form.kind === 'features' && form.isRow && output.shape.length > 1 && output.shape[0] === 1) {
    const row = { ...output, shape: output.shape.slice(1) };
    return isLarge(output)
      ? piecesAround('{"prediction":', piecesOfNested(row), '}')
      : `{"prediction":${renderNested(row)}}`;
  }
  demandAnswerForEach(output, form);
  const start = form.kind === 'instances' ? '{"predictions":' : '{"prediction":';
  return isLarge(output) ? piecesAround(start, piecesOfNested(output), '}') : `${start}${renderNested(output)}}`;
}
