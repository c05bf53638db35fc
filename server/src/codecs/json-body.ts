import { primaryInput } from './fit-input.ts';
import { rowsFromJson } from './json-tensor.ts';
import { parseJson, parseJsonExactly } from './lossless-json.ts';
import { inputsByName, inputsFromColumns, inputsFromRows, isObject } from './named-columns.ts';
import { renderNested, renderRow } from './render-json-tensor.ts';
import type { DecodedRequest, RequestForm } from './codec.ts';
import { describeValue, invalid } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Parses JSON text, with exact long integers if the model has 64-bit inputs. @throws Problem 400 */
export function parseBody(text: string, signature: Signature): unknown {
  const needsExact = signature.inputs.some(({ type }) => type === 'int64' || type === 'uint64');
  return needsExact ? parseJsonExactly(text) : parseJson(text);
}

/**
 * Reads the simple bodies: `features`, `instances`, `inputs` by name, `dataframe_split` and `dataframe_records`, or the
 * names of columns or inputs themselves. @throws Problem 422
 */
export function decodeSimpleJson(body: unknown, signature: Signature): DecodedRequest {
  if (!isObject(body)) {
    throw invalid(
      ['body'],
      `the body must be a JSON object such as {"features": [...]}, got ${describeValue(body)}`,
      'object_type',
    );
  }
  if (Object.hasOwn(body, 'features') && !isColumnName('features', signature)) {
    demandOnly(body, 'features');
    const input = primaryInput(signature);
    const { tensor, isRow } = rowsFromJson(body['features'], input, featuresLocation, {
      input: input.name,
      columns: input.columns,
    });
    return { inputs: [tensor], form: isRow ? rowForm : batchForm };
  }
  if (Object.hasOwn(body, 'instances')) {
    demandOnly(body, 'instances');
    return {
      inputs: inputsFromRows(listOf(body, 'instances'), signature, ['body', 'instances']),
      form: { kind: 'instances' },
    };
  }
  if (Object.hasOwn(body, 'dataframe_records')) {
    demandOnly(body, 'dataframe_records');
    const rows = listOf(body, 'dataframe_records');
    return { inputs: inputsFromRows(rows, signature, ['body', 'dataframe_records']), form: { kind: 'instances' } };
  }
  if (Object.hasOwn(body, 'dataframe_split')) {
    demandOnly(body, 'dataframe_split');
    return { inputs: inputsFromSplit(body['dataframe_split'], signature), form: { kind: 'instances' } };
  }
  if (Object.hasOwn(body, 'inputs') && !isColumnName('inputs', signature)) {
    demandOnly(body, 'inputs');
    const given = body['inputs'];
    if (!isObject(given)) {
      return { inputs: inputsFromRows(listOf(body, 'inputs'), signature, ['body', 'inputs']), form: batchForm };
    }
    const { inputs, isRow } = inputsByName(given, signature, ['body', 'inputs']);
    return { inputs, form: { kind: 'features', isRow } };
  }
  if (Object.keys(body).length === 0) {
    throw invalid(['body', 'features'], 'field "features" is missing; see /docs for all forms of the body', 'missing');
  }
  const { inputs, isRow } = inputsFromColumns(body, signature, ['body']);
  return { inputs, form: isRow ? rowForm : batchForm };
}

const featuresLocation = ['body', 'features'];
const rowForm: RequestForm = { kind: 'features', isRow: true };
const batchForm: RequestForm = { kind: 'features', isRow: false };

/** Fields that clients of other servers send; they are ignored. */
const harmlessFields = ['signature_name', 'parameters', 'params', 'id'];

function demandOnly(body: Readonly<Record<string, unknown>>, field: string): void {
  for (const key of Object.keys(body)) {
    if (key === field || harmlessFields.includes(key)) continue;
    throw invalid(['body', key], `field "${key.slice(0, 100)}" is not expected beside "${field}"`, 'extra_forbidden');
  }
}

function isColumnName(name: string, signature: Signature): boolean {
  const [only] = signature.inputs;
  if (signature.inputs.length === 1) return only?.columns?.includes(name) === true;
  return signature.inputs.some((input) => input.name === name);
}

function listOf(body: Readonly<Record<string, unknown>>, field: string): readonly unknown[] {
  const list: unknown = body[field];
  if (Array.isArray(list) && list.length > 0) return list;
  const got = Array.isArray(list) ? 'an empty list' : describeValue(list);
  throw invalid(['body', field], `"${field}" must be a list of at least one row, got ${got}`, 'list_type');
}

function inputsFromSplit(split: unknown, signature: Signature): Tensor[] {
  const loc = ['body', 'dataframe_split'];
  if (!isObject(split) || !Array.isArray(split['columns']) || !Array.isArray(split['data'])) {
    throw invalid(loc, '"dataframe_split" must have the lists "columns" and "data"', 'object_type');
  }
  const columns: readonly unknown[] = split['columns'];
  const data: readonly unknown[] = split['data'];
  const records = data.map((row, index) => {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw invalid([...loc, 'data', index], `row ${index} must be a list of ${columns.length} values`, 'shape');
    }
    const values: readonly unknown[] = row;
    return Object.fromEntries(columns.map((column, position) => [String(column), values[position]]));
  });
  if (records.length === 0) throw invalid([...loc, 'data'], '"data" has no rows', 'shape');
  return inputsFromRows(records, signature, [...loc, 'data']);
}

/** Renders `{"prediction": …}` (`predictions` for instances): the values of a single row, else the whole output. */
export function renderSimpleJson(output: Tensor, form: RequestForm): string {
  if (form.kind === 'features' && form.isRow && output.shape.length > 1 && output.shape[0] === 1) {
    return `{"prediction":${renderRow(output, 0)}}`;
  }
  return form.kind === 'instances'
    ? `{"predictions":${renderNested(output)}}`
    : `{"prediction":${renderNested(output)}}`;
}
