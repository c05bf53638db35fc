import { float16ToNumber, numberToFloat16 } from '../tensor/float16.ts';
import { Problem } from '../errors/problem.ts';
import { elementTraits, type ElementType } from '../tensor/element-types.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { TensorSpec } from './model-interface.ts';
import type { PostprocessingStep, PreprocessingStep } from './signature-file.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** One transformation of a tensor. */
export type TensorStep = (tensor: Tensor) => Tensor;

interface Compiled {
  readonly step: TensorStep | undefined;
  readonly type: ElementType;
}

/** Preprocessing of one input; `type` is that of the request. @throws ModelLoadError for steps in a wrong order */
export function compilePreprocessing(spec: TensorSpec, steps: readonly PreprocessingStep[]): Compiled {
  if (steps.length === 0) return { step: undefined, type: spec.type };
  const [first] = steps;
  const isMapped = first?.operation === 'map';
  if (spec.type === 'string') {
    throw new ModelLoadError(`signature.json: preprocessing works on numbers, but input "${spec.name}" is of strings`);
  }
  const functions = steps.map((step, index): TensorStep => {
    if (step.operation === 'map') {
      if (index > 0) {
        throw new ModelLoadError(`signature.json: preprocessing of "${spec.name}": "map" must be the first step`);
      }
      return (tensor) => mapLabels(tensor, spec, step.values);
    }
    for (const [name, numbers] of Object.entries(step)) demandAsMany(spec, name, numbers);
    const change = elementChange(step);
    return (tensor) => transform(tensor, spec.type, change);
  });
  return { step: chain(functions), type: isMapped ? 'string' : spec.type };
}

/** @throws ModelLoadError for numbers along a last dimension of another size. */
function demandAsMany({ name, shape }: TensorSpec, field: string, numbers: unknown): void {
  const size = shape.at(-1);
  if (!Array.isArray(numbers) || typeof size !== 'number' || numbers.length === size) return;
  throw new ModelLoadError(
    `signature.json: preprocessing of "${name}": ${field} has ${numbers.length} numbers, but the last dimension of shape [${shape.join(', ')}] is ${size}`,
  );
}

interface CompiledOutput extends Compiled {
  readonly shape: TensorSpec['shape'];
}

/** Postprocessing of one output; `type` and `shape` are those of the response. @throws ModelLoadError */
export function compilePostprocessing(
  spec: TensorSpec,
  steps: readonly PostprocessingStep[],
  classes: readonly string[] | undefined,
): CompiledOutput {
  let type = spec.type;
  let shape = spec.shape;
  /** How many integers an argmax can give; undefined where it isn't known. */
  let positions: number | undefined;
  const functions = steps.map((step): TensorStep => {
    const refuse = (needs: string): ModelLoadError =>
      new ModelLoadError(
        `signature.json: postprocessing "${step.operation}" of "${spec.name}" needs ${needs}, but it is ${type} [${shape.join(', ')}]`,
      );
    switch (step.operation) {
      case 'softmax':
        if (!type.startsWith('float') || shape.length === 0) throw refuse('floats with at least one dimension');
        return softmax;
      case 'sigmoid':
        if (!type.startsWith('float')) throw refuse('floats');
        return (tensor) => transform(tensor, tensor.type, (value) => 1 / (1 + Math.exp(-value)));
      case 'argmax':
        if (type === 'string' || shape.length === 0) throw refuse('numbers with at least one dimension');
        type = 'int64';
        positions = typeof shape.at(-1) === 'number' ? Number(shape.at(-1)) : undefined;
        shape = shape.slice(0, -1);
        return argmax;
      case 'label': {
        const labels = step.labels ?? classes;
        if (type === 'string' || type.startsWith('float')) throw refuse('integers');
        if (labels === undefined) throw refuse('"labels", or "classes" of the output');
        if (positions !== undefined && labels.length !== positions) {
          throw new ModelLoadError(
            `signature.json: "label" of "${spec.name}" has ${labels.length} names for the ${positions} values of its last dimension`,
          );
        }
        type = 'string';
        return (tensor) => label(tensor, labels);
      }
      case 'threshold': {
        if (type === 'string') throw refuse('numbers');
        type = step.labels === undefined ? 'bool' : 'string';
        return (tensor) => threshold(tensor, step.threshold, step.labels);
      }
    }
  });
  return { step: functions.length === 0 ? undefined : chain(functions), type, shape };
}

function chain(steps: readonly TensorStep[]): TensorStep {
  return (tensor) => steps.reduce((current, step) => step(current), tensor);
}

type ElementChange = (value: number, index: number) => number;

function elementChange(step: Exclude<PreprocessingStep, { operation: 'map' }>): ElementChange {
  switch (step.operation) {
    case 'standardize':
      return (value, index) => (value - at(step.mean, index)) / at(step.deviation, index);
    case 'scale':
      return (value, index) => value * at(step.factor, index) + at(step.offset ?? 0, index);
    case 'clip':
      return (value) => Math.min(step.maximum, Math.max(step.minimum, value));
  }
}

/** One number for all, or one for each position along the last dimension. @throws Problem where there are more positions. */
function at(numbers: number | readonly number[], index: number): number {
  if (typeof numbers === 'number') return numbers;
  const number = numbers[index];
  if (number !== undefined) return number;
  throw new Problem(422, `a row has more than the ${numbers.length} values that signature.json has numbers for`);
}

/** The numbers of a tensor as doubles; 64-bit integers beyond 2^53 are rounded. */
function numbersOf(tensor: Tensor): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(tensor.data.length);
  for (let index = 0; index < numbers.length; index++) {
    const value = tensor.data[index];
    numbers[index] = tensor.type === 'float16' ? float16ToNumber(Number(value)) : Number(value);
  }
  return numbers;
}

function fromNumbers(type: ElementType, shape: readonly number[], numbers: Float64Array): Tensor {
  const data = elementTraits[type].create(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index] ?? NaN;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(Math.trunc(value));
    else if (Array.isArray(data)) data[index] = String(value);
    else data[index] = type === 'float16' ? numberToFloat16(value) : value;
  }
  return { type, shape, data };
}

function transform(tensor: Tensor, type: ElementType, change: ElementChange): Tensor {
  const width = tensor.shape.at(-1) ?? 1;
  const numbers = numbersOf(tensor);
  for (let index = 0; index < numbers.length; index++) {
    numbers[index] = change(numbers[index] ?? NaN, width === 0 ? 0 : index % width);
  }
  return fromNumbers(type, tensor.shape, numbers);
}

function mapLabels(tensor: Tensor, spec: TensorSpec, values: Readonly<Record<string, number>>): Tensor {
  const numbers = new Float64Array(tensor.data.length);
  for (let index = 0; index < numbers.length; index++) {
    const key = String(tensor.data[index]);
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) {
      const known = Object.keys(values).slice(0, 20).join(', ');
      throw new Problem(
        422,
        `input "${spec.name}" element ${index} is ${JSON.stringify(key)}, expected one of ${known}`,
      );
    }
    numbers[index] = value;
  }
  return fromNumbers(spec.type, tensor.shape, numbers);
}

function softmax(tensor: Tensor): Tensor {
  const width = tensor.shape.at(-1) ?? 1;
  const numbers = numbersOf(tensor);
  for (let start = 0; start < numbers.length; start += width) {
    const row = numbers.subarray(start, start + width);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    for (let index = 0; index < width; index++) sum += row[index] = Math.exp((row[index] ?? NaN) - largest);
    for (let index = 0; index < width; index++) row[index] = (row[index] ?? NaN) / sum;
  }
  return fromNumbers(tensor.type, tensor.shape, numbers);
}

function argmax(tensor: Tensor): Tensor {
  const width = tensor.shape.at(-1) ?? 1;
  const shape = tensor.shape.slice(0, -1);
  const numbers = numbersOf(tensor);
  const data = new BigInt64Array(elementCount(shape));
  for (let row = 0; row < data.length; row++) {
    let best = 0;
    for (let index = 1; index < width; index++) {
      if ((numbers[row * width + index] ?? NaN) > (numbers[row * width + best] ?? NaN)) best = index;
    }
    data[row] = BigInt(best);
  }
  return { type: 'int64', shape, data };
}

/** @throws Problem for a number without a label: it would look like one. */
function label(tensor: Tensor, labels: readonly string[]): Tensor {
  const data = new Array<string>(tensor.data.length);
  for (let index = 0; index < data.length; index++) {
    const found = labels[Number(tensor.data[index])];
    if (found === undefined) {
      throw new Problem(
        500,
        `the model answered ${tensor.data[index]}, and signature.json has ${labels.length} labels`,
      );
    }
    data[index] = found;
  }
  return { type: 'string', shape: tensor.shape, data };
}

function threshold(tensor: Tensor, limit: number, labels: readonly [string, string] | undefined): Tensor {
  const numbers = numbersOf(tensor);
  if (labels === undefined) {
    return { type: 'bool', shape: tensor.shape, data: Uint8Array.from(numbers, (value) => (value >= limit ? 1 : 0)) };
  }
  return { type: 'string', shape: tensor.shape, data: Array.from(numbers, (value) => labels[value >= limit ? 1 : 0]) };
}
