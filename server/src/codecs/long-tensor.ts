import {
  batchFromJson,
  checkDimensions,
  fill,
  fitShape,
  highestRank,
  inputName,
  rowsFromJson,
  tensorFromList,
  wrongDepth,
  type Filling,
  type Naming,
  type ReadRows,
} from './json-tensor.ts';
import { elementWriters, wrongElement } from './json-elements.ts';
import { eachItemGroup, firstItem, holdsLongList, isList, type JsonList } from './json-values.ts';
import type { Steps } from './steps.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';
import type { TensorSpec } from '../signature/model-interface.ts';
import { elementTraits, type ElementType } from '../tensor/element-types.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** `rowsFromJson` for a value that may hold long lists, in steps. `mostElements` is what the body can hold. @throws Problem 422 */
export function* stepsOfRows(
  value: unknown,
  spec: TensorSpec,
  loc: Location,
  naming: Naming,
  mostElements: number,
): Steps<ReadRows> {
  if (!holdsLongList(value)) return rowsFromJson(value, spec, loc, naming);
  const outline = outlineOf(value, spec.shape.length === 0 ? highestRank : spec.shape.length);
  const fitted = spec.shape.length === 0 ? { shape: outline, isRow: false } : fitShape(outline, spec.shape);
  if (fitted === undefined) throw wrongDepth(outline.length, value, spec, loc, naming);
  if (spec.shape.length > 0) checkDimensions(fitted.shape, spec.shape, loc, naming);
  const { type } = spec;
  // Uneven lists can have far fewer elements than the lengths of their first items say.
  const data = elementTraits[type].create(Math.min(elementCount(outline), mostElements));
  yield* fillInSteps({ data, type, shape: outline, naming, path: [...loc] }, value, 0, 0);
  return { tensor: { type, shape: fitted.shape, data }, isRow: fitted.isRow };
}

/** `batchFromJson` for rows that may hold long lists, in steps. @throws Problem 422 */
export function* stepsOfBatch(
  rows: readonly unknown[],
  spec: TensorSpec,
  loc: Location,
  naming: Naming,
  firstRow: number,
  mostElements: number,
): Steps<Tensor> {
  if (!holdsLongList(rows) || rows.length !== 1) return batchFromJson(rows, spec, loc, naming, firstRow);
  const { tensor } = yield* stepsOfRows(rows[0], spec, [...loc, firstRow], naming, mostElements);
  return tensor;
}

function outlineOf(value: unknown, limit: number): number[] {
  const outline: number[] = [];
  let current = value;
  while (isList(current) && outline.length <= limit) {
    outline.push(current.length);
    current = firstItem(current);
  }
  return outline;
}

function* fillInSteps(filling: Filling, value: unknown, axis: number, offset: number): Steps<void> {
  const { shape, naming, path } = filling;
  const length = shape[axis] ?? 0;
  if (axis === shape.length || !holdsLongList(value) || !isList(value) || value.length !== length) {
    if (isList(value) && !Array.isArray(value)) throw unevenList(naming, path, axis === shape.length ? 0 : length, value.length);
    fill(filling, value, axis, offset);
    return;
  }
  const stride = elementCount(shape.slice(axis + 1));
  const inner = { ...filling, shape: [0, ...shape.slice(axis + 1)] };
  for (const [items, first] of eachItemGroup(value)) {
    if (holdsLongList(items)) {
      for (const [index, item] of items.entries()) {
        path.push(first + index);
        yield* fillInSteps(filling, item, axis + 1, offset + (first + index) * stride);
        path.pop();
      }
    } else {
      inner.shape[0] = items.length;
      fill(inner, items, 0, offset + first * stride, first);
    }
    yield;
  }
}

function unevenList(naming: Naming, path: Location, expected: number, got: number): Error {
  const what = expected === 0 ? 'one value' : `a list of ${expected}`;
  const msg = `${inputName(naming)} is uneven: expected ${what} here, got a list of ${got}`;
  return invalid([...path], msg, 'shape', what, `a list of ${got}`);
}

/** `tensorFromList` for a list that may be long, in steps. @throws Problem 422 */
export function* stepsOfFlatList(
  list: JsonList,
  type: ElementType,
  shape: readonly number[],
  loc: Location,
  naming: Naming,
  mostElements: number,
): Steps<Tensor> {
  if (Array.isArray(list) && !holdsLongList(list)) return tensorFromList(list, type, shape, loc, naming);
  const count = elementCount(shape);
  const expected = `${count} elements for shape [${shape.join(', ')}]`;
  const wrongCount = (got: string): Error =>
    invalid(loc, `${inputName(naming)} needs ${expected}, got ${got}`, 'shape', expected, got);
  if (count > mostElements) throw wrongCount('fewer');
  const data = elementTraits[type].create(count);
  const write = elementWriters[type];
  let filled = 0;
  const walk = function* (items: JsonList, path: Location): Steps<void> {
    if (path.length - loc.length >= Math.max(1, shape.length)) {
      throw invalid(loc, `${inputName(naming)} is nested deeper than its dimensions`, 'shape');
    }
    for (const [group, first] of eachItemGroup(items)) {
      for (const [index, item] of group.entries()) {
        if (isList(item)) yield* walk(item, [...path, first + index]);
        else if (filled >= count) throw wrongCount('more');
        else if (!write(data, filled++, item)) {
          const name = `${inputName(naming)} element ${filled - 1}`;
          throw wrongElement(type, item, [...path, first + index], name);
        }
      }
      if (group !== items) yield;
    }
  };
  yield* walk(list, loc);
  if (filled !== count) throw wrongCount(String(filled));
  return { type, shape, data };
}

/** Checks that a value is a list. @throws Problem 422 */
export function demandList(value: unknown, loc: Location, what: string): JsonList {
  if (isList(value)) return value;
  throw invalid(loc, `${what} must be a list, got ${describeValue(value)}`, 'list_type');
}
