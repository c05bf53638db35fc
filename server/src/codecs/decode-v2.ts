import { checkShape } from './fit-input.ts';
import type { Reading } from './json-table.ts';
import { isList, isObject, type JsonList, type JsonObject } from './json-values.ts';
import { demandList, stepsOfFlatList } from './long-tensor.ts';
import type { DecodedRequest, RequestedOutput } from './codec.ts';
import { stepsOfBinaryTensor } from './v2-binary-tensors.ts';
import type { Steps } from './steps.ts';
import { byteCountOf, demandFields, flagOf, readParameters } from './v2-parameters.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import { elementTraits, elementTypeOfV2 } from '../tensor/element-types.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

// Open Inference Protocol, REST: https://github.com/kserve/open-inference-protocol, with the binary tensor data extension.

/** True if a body on /invocations is one of protocol v2: its `inputs` is a list of named tensors. */
export function isV2Body(body: unknown): boolean {
  if (!isObject(body)) return false;
  const inputs = body['inputs'];
  return Array.isArray(inputs) && inputs.every((input) => isObject(input) && Object.hasOwn(input, 'datatype'));
}

/** Reads a v2 request, in steps; `binary` holds the bytes after the JSON header. @throws Problem 422 or 400 */
export function* stepsOfV2(
  body: unknown,
  binary: Buffer | undefined,
  reading: Reading,
  usesTritonMediaType = false,
): Steps<DecodedRequest> {
  if (!isObject(body))
    throw invalid(['body'], `the body must be a JSON object, got ${describeValue(body)}`, 'object_type');
  const { signature } = reading;
  // The model is the one in the URL, whatever the body calls it.
  demandFields(body, ['id', 'inputs', 'outputs', 'parameters', 'model_name', 'model_version'], ['body']);
  const id = optionalString(body, 'id');
  const wantsBinary = flagOf(readParameters(body, ['binary_data_output'], ['body']), 'binary_data_output', ['body']);
  const list = demandList(body['inputs'], ['body', 'inputs'], '"inputs"');
  if (!Array.isArray(list)) throw invalid(['body', 'inputs'], `there are more inputs than the model has`, 'list_type');
  const byName = new Map<string, Tensor>();
  let binaryOffset = 0;
  for (const [index, entry] of list.entries()) {
    const loc: Location = ['body', 'inputs', index];
    if (!isObject(entry)) throw invalid(loc, `an input must be an object, got ${describeValue(entry)}`, 'object_type');
    demandFields(entry, ['name', 'shape', 'datatype', 'data', 'parameters'], loc);
    const input = namedInput(entry, signature, loc);
    if (byName.has(input.name)) throw invalid(loc, `input "${input.name}" is given twice`, 'duplicate');
    const shape = readShape(entry['shape'], input, [...loc, 'shape']);
    checkDatatype(entry['datatype'], input, [...loc, 'datatype']);
    const size = byteCountOf(readParameters(entry, ['binary_data_size'], loc), 'binary_data_size', loc);
    if (size === undefined) {
      const list = dataList(entry['data'], input, shape, [...loc, 'data']);
      const naming = { input: input.name, columns: input.columns };
      byName.set(
        input.name,
        yield* stepsOfFlatList(list, input.type, shape, [...loc, 'data'], naming, reading.mostElements),
      );
      continue;
    }
    if (Object.hasOwn(entry, 'data'))
      throw invalid([...loc, 'data'], `input "${input.name}" has both data and binary_data_size`, 'extra_forbidden');
    const available = (binary?.length ?? 0) - binaryOffset;
    if (binary === undefined || size > available) {
      throw invalid(
        loc,
        `input "${input.name}" announces ${size} binary bytes, but ${available} follow the header`,
        'binary',
      );
    }
    const bytes = binary.subarray(binaryOffset, binaryOffset + size);
    byName.set(input.name, yield* stepsOfBinaryTensor(bytes, input, shape, loc));
    binaryOffset += size;
    yield;
  }
  if (binary !== undefined && binaryOffset !== binary.length) {
    throw invalid(['body'], `${binary.length - binaryOffset} binary bytes belong to no input`, 'binary');
  }
  const inputs = signature.inputs.map(({ name }) => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw invalid(['body', 'inputs'], `input "${name}" is missing`, 'missing');
    return tensor;
  });
  const outputs = requestedOutputs(body, wantsBinary === true, signature);
  return { inputs, form: { kind: 'v2', id, outputs, usesTritonMediaType } };
}

function optionalString(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(['body', field], `"${field}" must be a string, got ${describeValue(value)}`, 'string_type');
}

function namedInput(entry: JsonObject, signature: Signature, loc: Location): InputSignature {
  const name = entry['name'];
  const input = signature.inputs.find((candidate) => candidate.name === name);
  if (input !== undefined) return input;
  const known = signature.inputs.map((candidate) => `"${candidate.name}"`).join(', ');
  throw invalid(
    [...loc, 'name'],
    `there is no such input, got ${describeValue(name)}; the model has ${known}`,
    'extra_forbidden',
  );
}

/** Longest supported dimension: the largest 32-bit index. */
const longestDimension = 2 ** 31 - 1;

function readShape(value: unknown, input: InputSignature, loc: Location): number[] {
  if (!Array.isArray(value))
    throw invalid(loc, `the shape of input "${input.name}" must be a list, got ${describeValue(value)}`, 'list_type');
  const list: readonly unknown[] = value;
  const shape = list.map((size, axis) => {
    if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= longestDimension) return size;
    throw invalid(
      [...loc, axis],
      `a dimension of input "${input.name}" must be an integer from 0 to ${longestDimension}, got ${describeValue(size)}`,
      'int_type',
    );
  });
  // [N] is taken for [N, 1]: both hold the same elements.
  const isColumn = input.shape.length === 2 && input.shape[1] === 1 && shape.length === 1;
  const full = isColumn ? [...shape, 1] : shape;
  checkShape(full, input, loc);
  if (!Number.isSafeInteger(elementCount(shape)))
    throw invalid(loc, `input "${input.name}" would be too large`, 'shape');
  return full;
}

function checkDatatype(value: unknown, input: InputSignature, loc: Location): void {
  const expected = elementTraits[input.type].v2;
  if (value === expected) return;
  const known = typeof value === 'string' && elementTypeOfV2(value) === undefined ? ' (which is no datatype)' : '';
  throw invalid(
    loc,
    `input "${input.name}" has datatype ${expected}, got ${describeValue(value)}${known}`,
    'datatype',
    expected,
    describeValue(value),
  );
}

function dataList(value: unknown, input: InputSignature, shape: readonly number[], loc: Location): JsonList {
  // Some clients send the data of a rank-0 tensor as a bare value.
  const isBare = shape.length === 0 && value !== undefined && !isList(value);
  return demandList(isBare ? [value] : value, loc, `the data of input "${input.name}"`);
}

function requestedOutputs(body: JsonObject, allBinary: boolean, signature: Signature): RequestedOutput[] {
  const value = body['outputs'];
  if (value === undefined || (Array.isArray(value) && value.length === 0)) {
    return signature.outputs.map((_, index) => ({ index, isBinary: allBinary }));
  }
  if (!Array.isArray(value))
    throw invalid(['body', 'outputs'], `"outputs" must be a list, got ${describeValue(value)}`, 'list_type');
  const list: readonly unknown[] = value;
  const seen = new Set<number>();
  return list.map((entry, position) => {
    const loc: Location = ['body', 'outputs', position];
    if (!isObject(entry)) throw invalid(loc, `an output must be an object, got ${describeValue(entry)}`, 'object_type');
    const index = signature.outputs.findIndex(({ name }) => name === entry['name']);
    if (index < 0) {
      const known = signature.outputs.map(({ name }) => `"${name}"`).join(', ');
      throw invalid(
        [...loc, 'name'],
        `there is no such output, got ${describeValue(entry['name'])}; the model has ${known}`,
        'unknown_output',
      );
    }
    if (seen.has(index))
      throw invalid(loc, `output "${signature.outputs[index]?.name ?? ''}" is requested twice`, 'duplicate');
    seen.add(index);
    demandFields(entry, ['name', 'parameters'], loc);
    const own = flagOf(readParameters(entry, ['binary_data'], loc), 'binary_data', loc);
    return { index, isBinary: own ?? allBinary };
  });
}
