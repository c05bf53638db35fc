import { elementWriters, wrongElement } from './json-elements.ts';
import { describeShape, fitShape } from './json-tensor.ts';
import { markExact } from './lossless-json.ts';
import { elementsOfStep, type Steps } from './steps.ts';
import { float16ToNumber } from '../tensor/float16.ts';
import { invalid, Problem, type Location } from '../errors/problem.ts';
import { elementTraits } from '../tensor/element-types.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The input of simple bodies. @throws Problem 422 if the model has no or several inputs */
export function primaryInput(signature: Signature): InputSignature {
  const input = signature.primaryInput === undefined ? undefined : signature.inputs[signature.primaryInput];
  if (input !== undefined && signature.inputs.length === 1) return input;
  const names = signature.inputs.map(({ name }) => `"${name}"`).join(', ');
  throw new Problem(
    422,
    signature.inputs.length === 0
      ? 'the model has no inputs: send {"inputs": []} to its v2 route'
      : `the model has several inputs (${names}): name each of them`,
  );
}

/** Converts an array with a type and shape to an input: whole, or as one row. @throws Problem 422 */
export function* fitArray(
  tensor: Tensor,
  input: InputSignature,
  loc: Location,
): Steps<{ readonly tensor: Tensor; readonly isRow: boolean }> {
  const { shape, isRow } = fitShape(tensor.shape, input.shape) ?? { shape: tensor.shape, isRow: false };
  checkShape(shape, input, loc);
  return { tensor: { ...(yield* convertElements(tensor, input, loc)), shape }, isRow };
}

/** @throws Problem 422 if the rank or a fixed dimension differs from the input's */
export function checkShape(shape: readonly number[], input: InputSignature, loc: Location): void {
  // ONNX Runtime reports an open rank as rank 0.
  const fits =
    input.shape.length === 0 ||
    (shape.length === input.shape.length &&
      input.shape.every((size, axis) => typeof size === 'string' || size === shape[axis]));
  if (fits) return;
  const expected = describeShape(input.shape);
  const got = describeShape(shape);
  throw invalid(loc, `input "${input.name}" has shape ${expected}, got ${got}`, 'shape', expected, got);
}

/** The same numbers in the input's element type. @throws Problem 422 for one that does not fit */
function* convertElements(tensor: Tensor, input: InputSignature, loc: Location): Steps<Tensor> {
  if (tensor.type === input.type) return tensor;
  if (
    (tensor.type === 'string') !== (input.type === 'string') ||
    (tensor.type === 'bool') !== (input.type === 'bool')
  ) {
    const msg = `input "${input.name}" takes ${input.type}, got ${tensor.type}`;
    throw invalid(loc, msg, 'type', input.type, tensor.type);
  }
  const data = elementTraits[input.type].create(tensor.data.length);
  const write = elementWriters[input.type];
  for (let index = 0; index < data.length; index++) {
    const value = jsonValueOf(tensor, index);
    if (!write(data, index, value)) throw wrongElement(input.type, value, [...loc, index], `input "${input.name}"`);
    if (index % elementsOfStep === elementsOfStep - 1) yield;
  }
  return { type: input.type, shape: tensor.shape, data };
}

function jsonValueOf(tensor: Tensor, index: number): unknown {
  const element = tensor.data[index];
  if (typeof element === 'bigint') {
    const number = Number(element);
    return Number.isSafeInteger(number) ? number : markExact(element);
  }
  if (typeof element !== 'number') return element;
  const number = tensor.type === 'float16' ? float16ToNumber(element) : element;
  return Number.isFinite(number) ? number : String(number);
}

/** Checks ranges and allowed values from signature.json; `firstRow` is the index of the first row. @throws Problem 422 naming row and column */
export function checkLimits(tensor: Tensor, input: InputSignature, firstRow = 0): void {
  const { limits } = input;
  if (limits === undefined) return;
  const width = tensor.shape.length < 2 ? 1 : (tensor.shape.at(-1) ?? 1);
  for (let index = 0; index < tensor.data.length; index++) {
    const raw = tensor.data[index];
    const value = tensor.type === 'bool' ? raw === 1 : typeof raw === 'string' ? raw : numberAt(tensor, index);
    const column = width === 0 ? 0 : index % width;
    const range = limits.columnRanges.get(column) ?? limits.range;
    const isInside =
      range === undefined ||
      typeof value !== 'number' ||
      Number.isNaN(value) ||
      (value >= range[0] && value <= range[1]);
    if (isInside && (limits.values === undefined || limits.values.has(value))) continue;
    const row = firstRow * (tensor.data.length / width / (tensor.shape[0] ?? 1)) + Math.floor(index / width);
    const name = input.columns?.[column];
    const unit = name === undefined ? undefined : input.units[name];
    const expected = isInside
      ? `one of ${[...(limits.values ?? [])].slice(0, 20).join(', ')}`
      : `from ${range[0]} to ${range[1]}${unit === undefined ? '' : ` ${unit}`}`;
    const place = `row ${row}, column ${column}${name === undefined ? '' : ` ("${name}")`}`;
    const loc: Location = [input.name, row, ...(tensor.shape.length < 2 ? [] : [name ?? column])];
    throw invalid(
      loc,
      `input "${input.name}" ${place} must be ${expected}, got ${value}`,
      'limit',
      expected,
      String(value),
    );
  }
}

function numberAt(tensor: Tensor, index: number): number {
  const element = tensor.data[index];
  return tensor.type === 'float16' ? float16ToNumber(Number(element)) : Number(element);
}
