export type JsonObject = Readonly<Record<string, unknown>>;

// A symbol: no JSON text can make an object with this key.
const mark = Symbol('long list');

/** A list in a large body whose items are parsed when they are read, some at a time. */
export interface LongList {
  readonly [mark]: true;
  readonly length: number;
  /** The items in groups, in order; each group is parsed anew. */
  readonly groups: () => Iterable<readonly unknown[]>;
}

/** A list as a JSON body has it: parsed, or parsed when it is read. */
export type JsonList = readonly unknown[] | LongList;

/** Makes a long list. */
export function longList(length: number, groups: () => Iterable<readonly unknown[]>): LongList {
  return { [mark]: true, length, groups };
}

function isLongList(value: unknown): value is LongList {
  return typeof value === 'object' && value !== null && mark in value;
}

/** True for a JSON list, parsed or not. */
export function isList(value: unknown): value is JsonList {
  return Array.isArray(value) || isLongList(value);
}

/** True for a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(mark in value);
}

/** True if a list, or a list in it, is not parsed yet. */
export function holdsLongList(value: unknown): boolean {
  if (isLongList(value)) return true;
  // Only short lists hold long ones: see scanLargeJson.
  return Array.isArray(value) && value.length <= mostParsedItems && value.some(holdsLongList);
}

/** A list with a long item is parsed up to this many items. */
export const mostParsedItems = 64;

/** The first item of a list. */
export function firstItem(list: JsonList): unknown {
  if (!isLongList(list)) return list[0];
  for (const [first] of list.groups()) return first;
  return undefined;
}

/** A list's items in groups, each with the index of its first item. */
export function* eachItemGroup(list: JsonList): Generator<[items: readonly unknown[], firstIndex: number], void> {
  if (!isLongList(list)) {
    yield [list, 0];
    return;
  }
  let index = 0;
  for (const items of list.groups()) {
    yield [items, index];
    index += items.length;
  }
}
