import { elementWriters, wrongElement } from './json-elements.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import { elementTraits, type ElementType, type TensorData } from '../tensor/element-types.ts';
import type { TensorSpec } from '../signature/model-interface.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** Names for error messages: of the input, and of its columns if the signature has them. */
export interface Naming {
  readonly input: string;
  readonly columns?: readonly string[] | undefined;
}

/** A tensor from a simple body; `isRow` if the body had no batch dimension. */
export interface ReadRows {
  readonly tensor: Tensor;
  readonly isRow: boolean;
}

/** A shape for an input, and whether the value was one row without its first dimension. */
export interface FittedShape {
  readonly shape: readonly number[];
  readonly isRow: boolean;
}

/**
 * The one rule for a value that stands for a whole input of rank r: nested r deep it is the tensor, nested r - 1 deep it is
 * one row. Only if a row has a fixed length of 1 may its list be left out: `[1, 2]` for [N, 1] is two rows. Undefined if
 * the value has another depth.
 */
export function fitShape(outline: readonly number[], shape: TensorSpec['shape']): FittedShape | undefined {
  const rank = shape.length;
  if (outline.length === rank) return { shape: outline, isRow: false };
  const isColumn = rank === 2 && shape[1] === 1;
  if (isColumn && outline.length === 1 && outline[0] !== 1) return { shape: [outline[0] ?? 0, 1], isRow: false };
  if (outline.length === rank - 1) return { shape: [1, ...outline], isRow: true };
  return isColumn && outline.length === 0 ? { shape: [1, 1], isRow: true } : undefined;
}

/** Reads a value that stands for a whole input, by the rule of {@link fitShape}. @throws Problem 422 naming the place */
export function rowsFromJson(value: unknown, spec: TensorSpec, loc: Location, naming: Naming): ReadRows {
  const rank = spec.shape.length;
  if (rank === 0) return { tensor: tensorOfAnyRank(value, spec, loc, naming), isRow: false };
  const outline = outlineOf(value, rank);
  const fitted = fitShape(outline, spec.shape);
  if (fitted === undefined) throw wrongDepth(outline.length, value, spec, loc, naming);
  const { shape, isRow } = fitted;
  checkDimensions(shape, spec.shape, loc, naming);
  const data = elementTraits[spec.type].create(allocationCount(value, outline, loc, naming));
  fill({ data, type: spec.type, shape: outline, naming, path: [...loc] }, value, 0, 0);
  return { tensor: { type: spec.type, shape, data }, isRow };
}

/** The problem of a value that is nested too deep or not deep enough. */
export function wrongDepth(depth: number, value: unknown, spec: TensorSpec, loc: Location, naming: Naming): Error {
  const rank = spec.shape.length;
  const expected = `lists nested ${rank} deep, or ${rank - 1} for a single row`;
  const got = depth === 0 ? describeValue(value) : `nesting of ${depth}`;
  return invalid(loc, `input "${naming.input}" takes ${expected}, got ${got}`, 'shape', describeShape(spec.shape), got);
}

/**
 * Reads a list of rows: each item is one row of the input, nested as deep as a row is; only if a row has a fixed length
 * of 1 may its list be left out. `firstRow` is the index of the first item. @throws Problem 422 naming the place
 */
export function batchFromJson(
  rows: readonly unknown[],
  spec: TensorSpec,
  loc: Location,
  naming: Naming,
  firstRow = 0,
): Tensor {
  const rank = spec.shape.length;
  if (rank === 0) return tensorOfAnyRank(rows, spec, loc, naming);
  const outline = outlineOf(rows, rank);
  const isColumn = rank === 2 && spec.shape[1] === 1 && outline.length === 1;
  if (outline.length !== rank && !isColumn) throw wrongRows(rows, outline, spec, [...loc, firstRow], naming);
  const shape = isColumn ? [rows.length, 1] : outline;
  checkDimensions(shape, ['', ...spec.shape.slice(1)], loc, naming);
  const data = elementTraits[spec.type].create(allocationCount(rows, outline, loc, naming));
  fill({ data, type: spec.type, shape: outline, naming, path: [...loc] }, rows, 0, 0, firstRow);
  return { type: spec.type, shape, data };
}

/** The problem of items that are not rows; if they could be read in two ways, it says both. */
function wrongRows(
  rows: readonly unknown[],
  outline: readonly number[],
  spec: TensorSpec,
  loc: Location,
  naming: Naming,
): Error {
  const depth = spec.shape.length - 1;
  const got = outline.length === 1 ? describeValue(rows[0]) : `nesting of ${outline.length - 1}`;
  const readings = depth === 1 && outline.length === 1 ? readingsOf(rows.length, spec.shape[1]) : '';
  const msg = `each row of input "${naming.input}" takes lists nested ${depth} deep, got ${got}${readings}`;
  return invalid(loc, msg, 'shape', describeShape(spec.shape.slice(1)), got);
}

/** What bare values can mean as rows: two things where the length of a row is open. */
function readingsOf(values: number, rowLength: number | string | undefined): string {
  if (typeof rowLength !== 'number')
    return `; ${values} values may mean one row of shape [1, ${values}], then send [[…]], or ${values} rows of shape [${values}, 1], then send [[…], […]]`;
  if (values === rowLength) return `; the ${values} values are one row: send [[…]]`;
  return `; a row is a list of ${rowLength} values: send [[…], […]]`;
}

// ONNX Runtime reports an input of open rank with rank 0: only a run shows whether the shape fits.
function tensorOfAnyRank(value: unknown, spec: TensorSpec, loc: Location, naming: Naming): Tensor {
  return tensorFromJson(value, spec.type, outlineOf(value, highestRank), loc, naming);
}

/** More dimensions than any ONNX operator supports. */
export const highestRank = 16;

/** Reads nested lists as a tensor of exactly the given shape. @throws Problem 422 naming the place */
export function tensorFromJson(
  value: unknown,
  type: ElementType,
  shape: readonly number[],
  loc: Location,
  naming: Naming,
): Tensor {
  return fillTensor(value, type, shape, loc, naming, shape);
}

/** Reads a list, flat or nested in any way that keeps the row-major order, as `shape`. @throws Problem 422 */
export function tensorFromList(
  list: readonly unknown[],
  type: ElementType,
  shape: readonly number[],
  loc: Location,
  naming: Naming,
): Tensor {
  const count = elementCount(shape);
  const available = countLeaves(list, count, shape.length - 1, loc, naming);
  if (available !== count) {
    const expected = `${count} elements for shape ${describeShape(shape)}`;
    const got = available > count ? 'more' : String(available);
    throw invalid(loc, `${inputName(naming)} needs ${expected}, got ${got}`, 'shape', expected, got);
  }
  const write = elementWriters[type];
  const data = elementTraits[type].create(count);
  let filled = 0;
  const walk = (items: readonly unknown[], path: Location): void => {
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (Array.isArray(item)) {
        walk(item, [...path, index]);
      } else if (!write(data, filled++, item)) {
        throw wrongElement(type, item, [...path, index], `${inputName(naming)} element ${filled - 1}`);
      }
    }
  };
  walk(list, loc);
  return { type, shape, data };
}

/** Elements of a list with at most `depth` levels of lists in it, counted no further than one past `limit`. @throws Problem 422 for deeper ones */
function countLeaves(list: readonly unknown[], limit: number, depth: number, loc: Location, naming: Naming): number {
  // Checked before the recursion: the nesting of a hostile body can exceed the stack.
  if (depth < 1 && list.some((item) => Array.isArray(item))) {
    throw invalid(loc, `${inputName(naming)} is nested deeper than its dimensions`, 'shape');
  }
  let count = 0;
  for (const item of list) {
    count += Array.isArray(item) ? countLeaves(item, limit - count, depth - 1, loc, naming) : 1;
    if (count > limit) break;
  }
  return count;
}

/**
 * The element count of a shape taken from first elements. Uneven lists can have far fewer elements than this: a large
 * count is checked before memory is allocated; `fill` then reports the uneven list.
 */
function allocationCount(value: unknown, shape: readonly number[], loc: Location, naming: Naming): number {
  const count = elementCount(shape);
  if (count <= 4096 || shape.length < 2 || !Array.isArray(value)) return count;
  return Math.min(count, countLeaves(value, count, shape.length, loc, naming));
}

/** The lengths of the first elements, level by level, at most `limit` + 1. */
function outlineOf(value: unknown, limit: number): number[] {
  const outline: number[] = [];
  let current = value;
  while (Array.isArray(current) && outline.length <= limit) {
    outline.push(current.length);
    current = current[0];
  }
  return outline;
}

function fillTensor(
  value: unknown,
  type: ElementType,
  shape: readonly number[],
  loc: Location,
  naming: Naming,
  expected: readonly (number | string)[],
): Tensor {
  checkDimensions(shape, expected, loc, naming);
  const data = elementTraits[type].create(allocationCount(value, shape, loc, naming));
  fill({ data, type, shape, naming, path: [...loc] }, value, 0, 0);
  return { type, shape, data };
}

export function checkDimensions(
  shape: readonly number[],
  expected: readonly (number | string)[],
  loc: Location,
  naming: Naming,
): void {
  for (let axis = 0; axis < shape.length; axis++) {
    const size = expected[axis];
    if (typeof size === 'number' && size !== shape[axis]) throw wrongShape(shape, expected, loc, naming);
  }
}

/** The problem of a tensor whose shape is not the model's. */
function wrongShape(
  shape: readonly number[],
  expected: readonly (number | string)[],
  loc: Location,
  naming: Naming,
): Error {
  const axis = expected.findIndex((size, index) => typeof size === 'number' && size !== shape[index]);
  const columns = axis === 1 && shape.length === 2 && naming.columns ? ` (${naming.columns.join(', ')})` : '';
  const isColumns = axis === 1 && shape.length === 2;
  const what = isColumns
    ? `takes ${expected[1] ?? 0} values a row${columns}, got ${shape[1] ?? 0}`
    : `has shape ${describeShape(expected)}, got ${describeShape(shape)}`;
  return invalid(loc, `${inputName(naming)} ${what}`, 'shape', describeShape(expected), describeShape(shape));
}

/** The target of `fill`. `path` is one mutable list: only errors read it. */
export interface Filling {
  readonly data: TensorData;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly naming: Naming;
  readonly path: (string | number)[];
}

/** Fills the elements of a value from `offset` on. `firstIndex` is added to the indices of the outermost list in errors. */
export function fill(filling: Filling, value: unknown, axis: number, offset: number, firstIndex = 0): void {
  const { data, type, shape, naming, path } = filling;
  const write = elementWriters[type];
  if (axis === shape.length) {
    if (!write(data, offset, value)) throw wrongElement(type, value, [...path], inputName(naming));
    return;
  }
  const length = shape[axis] ?? 0;
  if (!Array.isArray(value) || value.length !== length) {
    const got = Array.isArray(value) ? `${value.length}` : describeValue(value);
    const msg = `${inputName(naming)} is uneven: expected a list of ${length} here, got ${got}`;
    throw invalid([...path], msg, 'shape', `a list of ${length}`, got);
  }
  const items: readonly unknown[] = value;
  if (axis < shape.length - 1) {
    let stride = 1;
    for (let next = axis + 1; next < shape.length; next++) stride *= shape[next] ?? 0;
    for (let index = 0; index < length; index++) {
      path.push(index + firstIndex);
      fill(filling, items[index], axis + 1, offset + index * stride);
      path.pop();
    }
    return;
  }
  for (let index = 0; index < length; index++) {
    if (!write(data, offset + index, items[index])) {
      throw wrongElement(type, items[index], [...path, index + firstIndex], elementName(naming, index));
    }
  }
}

export function inputName(naming: Naming): string {
  return `input "${naming.input}"`;
}

function elementName(naming: Naming, column: number): string {
  const name = naming.columns?.[column];
  return `${inputName(naming)} column ${column}${name === undefined ? '' : ` ("${name}")`}`;
}

/** `[batch, 3]`; dimensions without a name are `?`. */
export function describeShape(shape: readonly (number | string)[]): string {
  return `[${shape.map((size) => (size === '' ? '?' : String(size))).join(', ')}]`;
}
