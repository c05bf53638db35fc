import { isJsonLiteral, renderExactJson, tryOpenJson } from '../json/exact.ts';
import { renderPath } from '../json/file.ts';
import { tryParseStructure } from '../json/try-parse.ts';
import { shorten } from '../text/shorten.ts';
import type { PlannedChange } from './plan-json.ts';
import { isHiddenContainerValue, MASK, memberOf, type Scrubber } from './redact.ts';

/** One side of an attribute's change, safe to show. */
type SideShown =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'unknown' };

/** One side of an attribute's change, or that it has the same elements in another order. */
export type Shown = SideShown | { readonly kind: 'reordered' };

/** One attribute that a plan changes: its path inside the resource, and both sides. */
export interface AttributeChange {
  readonly path: string;
  readonly before: SideShown;
  readonly after: Shown;
  /** Whether the plan names this attribute as a reason to replace the resource. */
  readonly forcesReplacement: boolean;
}

/** What may be shown of a plan. */
export interface Visibility {
  /** Container environment keys whose values may be shown. */
  readonly visibleKeys: ReadonlySet<string>;
  readonly scrubber: Scrubber;
}

/** A value of a plan with what the plan says about it: which parts are unknown yet, and which are sensitive. */
interface Side {
  readonly value: unknown;
  readonly unknown: unknown;
  readonly sensitive: unknown;
  /** Whether the value stands in a JSON text that was opened; false for a text that stays closed. */
  readonly isOpened?: boolean | undefined;
}

type Path = readonly (string | number)[];

/** How two values are compared, and what becomes of each difference. */
interface Comparison {
  readonly display: (path: Path, side: Side) => SideShown;
  readonly emit: (path: Path, before: SideShown, after: SideShown, isReordered: boolean) => void;
  /** Paths without indexes, below which the order of elements means nothing. */
  readonly sets: readonly string[];
}

const NOTHING: Side = { value: undefined, unknown: undefined, sensitive: undefined };
const ABSENT: SideShown = { kind: 'absent' };
const HIDDEN: SideShown = { kind: 'hidden' };
const UNKNOWN: SideShown = { kind: 'unknown' };
// Whole policy documents fit into what is parsed; what is longer than that is compared as text.
const LONGEST_PARSED_CHARACTERS = 200_000;

/**
 * What a change means, attribute by attribute, sorted by path. Values under a `sensitive` mark of either side, hidden
 * container environment values, and secrets that turn up elsewhere are masked.
 *
 * @param sets paths without indexes that are sets: their order means nothing. Of any other array a new order is said.
 */
export function attributeChanges(
  change: PlannedChange,
  visibility: Visibility,
  sets: readonly string[] = [],
): readonly AttributeChange[] {
  const found: AttributeChange[] = [];
  const replaced = new Set((change.replace_paths ?? []).map((path) => renderPath(path)));
  compare([], beforeOf(change), afterOf(change), {
    sets,
    display: (path, side) => show(path, side, visibility),
    emit: (path, before, after, isReordered) => {
      const forcesReplacement =
        replaced.size > 0 && path.some((_, index) => replaced.has(renderPath(path.slice(0, index + 1))));
      const shown = isReordered ? { kind: 'reordered' as const } : after;
      found.push({ path: visibility.scrubber.scrub(renderPath(path)), before, after: shown, forcesReplacement });
    },
  });
  return found;
}

/** What a change leads to, attribute by attribute: masked like {@link attributeChanges}, and never shortened. */
export function meantValues(
  change: PlannedChange,
  visibility: Visibility,
  sets: readonly string[] = [],
): { readonly path: string; readonly after: SideShown }[] {
  const found: { readonly path: string; readonly after: SideShown }[] = [];
  compare([], beforeOf(change), afterOf(change), {
    sets,
    display: (path, side) => {
      const shown = showWhole(path, side, visibility);
      // A JSON text and a structure with the same members are two values.
      return side.isOpened === true && shown.kind === 'value'
        ? { ...shown, text: `${shown.text} in JSON text` }
        : shown;
    },
    emit: (path, _before, after) => {
      found.push({ path: visibility.scrubber.scrub(renderPath(path)), after });
    },
  });
  // Elements of sets come in any order.
  return sets.length === 0 ? found : found.toSorted((a, b) => (canonicalText(a) < canonicalText(b) ? -1 : 1));
}

/**
 * The paths at which a change hides a value that differs, apart from those in which it only shows what everybody can read.
 *
 * @param readable container environment values that are no secret
 */
export function maskedPaths(
  change: PlannedChange,
  visibleKeys: ReadonlySet<string>,
  readable: ReadonlySet<string>,
  sets: readonly string[] = [],
): readonly string[] {
  const found: string[] = [];
  const isMasked = (path: Path, { value }: Side): boolean =>
    isHiddenContainerValue(path, visibleKeys) && !(typeof value === 'string' && readable.has(value));
  compare([], beforeOf(change), afterOf(change), {
    sets,
    display: (path, side) => (isNothing(side.value) ? ABSENT : isMasked(path, side) ? HIDDEN : UNKNOWN),
    emit: (path, before, after) => {
      if (before.kind === 'hidden' || after.kind === 'hidden') found.push(renderPath(path));
    },
  });
  return found;
}

function beforeOf({ before, before_sensitive: sensitive }: PlannedChange): Side {
  return { value: before ?? undefined, unknown: undefined, sensitive };
}

function afterOf({ after, after_unknown: unknown, after_sensitive: sensitive }: PlannedChange): Side {
  return { value: after ?? undefined, unknown, sensitive };
}

/** JSON with sorted keys: the same text for the same value, fractions included. */
export function canonicalText(value: unknown): string {
  if (isJsonLiteral(value)) return renderExactJson(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`).join(',')}}`;
}

function compare(path: Path, before: Side, after: Side, how: Comparison): void {
  const { display, emit } = how;
  if (after.unknown === true) {
    emit(path, display(path, before), UNKNOWN, false);
    return;
  }
  const isSet = how.sets.includes(path.filter((key) => typeof key === 'string').join('.'));
  if (before.sensitive === true || after.sensitive === true) {
    const markMoves = before.value !== undefined && after.value !== undefined && before.sensitive !== after.sensitive;
    const same = isSame(before.value, after.value) || (isSet && isReordered(before.value, after.value));
    if (same && !markMoves) return;
    emit(path, isNothing(before.value) ? ABSENT : HIDDEN, isNothing(after.value) ? ABSENT : HIDDEN, false);
    return;
  }
  const [left, right] = openedPair(before, after);
  const kinds = new Set([kindOf(left), kindOf(right)]);
  kinds.delete('nothing');
  if (kinds.size > 1) {
    if (isEmptyStructure(left.value) || isEmptyStructure(right.value)) {
      emit(path, display(path, left), display(path, right), false);
      return;
    }
    compare(path, left, NOTHING, how);
    compare(path, NOTHING, right, how);
    return;
  }
  if (!isSet && !hasUnknown(right.unknown) && isReordered(left.value, right.value)) {
    emit(path, display(path, left), display(path, right), true);
    return;
  }
  if (!kinds.has('scalar')) {
    for (const [leftKey, rightKey] of memberPairs(left, right, isSet)) {
      const key = rightKey ?? leftKey;
      if (key === undefined) continue;
      compare([...path, key], memberSide(left, leftKey), memberSide(right, rightKey), how);
    }
    return;
  }
  if (!isSame(left.value, right.value)) emit(path, display(path, left), display(path, right), false);
}

/** Whether two arrays hold the same elements as often, in another order. */
function isReordered(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length || isSame(left, right))
    return false;
  const [sorted, other] = [left, right].map((elements) => elements.map(canonicalText).sort());
  return isSame(sorted, other);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function kindOf(side: Side): 'nothing' | 'scalar' | 'array' | 'object' {
  const { value, unknown } = side;
  if (isJsonLiteral(value)) return 'scalar';
  if (Array.isArray(value) || (isNothing(value) && Array.isArray(unknown))) return 'array';
  if (typeof value === 'object' && value !== null) return 'object';
  if (!isNothing(value)) return 'scalar';
  return typeof unknown === 'object' && unknown !== null && Object.keys(unknown).length > 0 ? 'object' : 'nothing';
}

// A JSON document in a string, such as an IAM policy, is compared member by member; one that can't be read without loss, and
// one that becomes or replaces anything else, as text.
function openedPair(before: Side, after: Side): readonly [Side, Side] {
  const [left, right] = [opened(before), opened(after)];
  const isPair = [left, right].every((side) => side.isOpened === true || isNothing(side.value));
  return isPair ? [left, right] : [closed(before), closed(after)];
}

function opened(side: Side): Side {
  if (side.isOpened !== undefined || typeof side.value !== 'string') return side;
  const value = side.value.length > LONGEST_PARSED_CHARACTERS ? undefined : tryOpenJson(side.value);
  return value === undefined ? side : { value, unknown: undefined, sensitive: undefined, isOpened: true };
}

function closed(side: Side): Side {
  return typeof side.value === 'string' ? { ...side, isOpened: false } : side;
}

/** Whether a value of a plan says nothing: none, or an empty text, list or object. */
export function isEmpty(value: unknown): boolean {
  return isNothing(value) || value === '' || isEmptyStructure(value);
}

function isEmptyStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isJsonLiteral(value) && Object.keys(value).length === 0;
}

function memberSide(side: Side, key: string | number | undefined): Side {
  if (key === undefined) return NOTHING;
  return {
    value: memberOf(side.value, key),
    unknown: memberOf(side.unknown, key),
    sensitive: memberOf(side.sensitive, key),
    isOpened: side.isOpened,
  };
}

type Pair = readonly [string | number | undefined, string | number | undefined];

function memberPairs(left: Side, right: Side, isSet: boolean): readonly Pair[] {
  if (kindOf(left) === 'array' || kindOf(right) === 'array') {
    return (isSet ? setPairs : elementPairs)(elementsOf(left), elementsOf(right));
  }
  const keys = new Set([...keysOf(left.value), ...keysOf(right.value), ...keysOf(right.unknown)]);
  return [...keys].sort().map((key) => [key, key]);
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function elementsOf(side: Side): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(side.value) ? side.value : [];
  const unknowns: readonly unknown[] = Array.isArray(side.unknown) ? side.unknown : [];
  return Array.from({ length: Math.max(values.length, unknowns.length) }, (_, index) =>
    // An element that is unknown equals no other one, and is paired by position.
    hasUnknown(unknowns[index]) ? Symbol('unknown') : values[index],
  );
}

/** Whether a mark of `after_unknown`, or a member of it, is set. */
export function hasUnknown(mark: unknown): boolean {
  if (mark === true) return true;
  return typeof mark === 'object' && mark !== null && Object.values(mark).some(hasUnknown);
}

// Equal elements are one; any other one comes or goes as a whole.
function setPairs(left: readonly unknown[], right: readonly unknown[]): readonly Pair[] {
  const free = new Set(right.keys());
  const pairs = left.map((element, index): Pair => {
    const same = [...free].find((candidate) => isSame(element, right[candidate]));
    if (same !== undefined) free.delete(same);
    return [index, same];
  });
  return [...pairs, ...[...free].map((index): Pair => [undefined, index])];
}

// An element that comes or goes in the middle of a list must not make all that follow it look changed.
function elementPairs(left: readonly unknown[], right: readonly unknown[]): readonly Pair[] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && isSame(left[head], right[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isSame(left[left.length - 1 - tail], right[right.length - 1 - tail])) tail += 1;
  const pairs: Pair[] = [];
  // Equal elements stay in: their sensitive marks may differ.
  for (let index = 0; index < head; index += 1) pairs.push([index, index]);
  const [leftEnd, rightEnd] = [left.length - tail, right.length - tail];
  for (let index = head; index < Math.max(leftEnd, rightEnd); index += 1) {
    pairs.push([index < leftEnd ? index : undefined, index < rightEnd ? index : undefined]);
  }
  for (let index = 0; index < tail; index += 1) pairs.push([leftEnd + index, rightEnd + index]);
  return pairs;
}

/** Whether two values of a plan are the same; null means the same as absent, as it does in Terraform. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isJsonLiteral(left) || isJsonLiteral(right)) return renderExactJson(left) === renderExactJson(right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (Array.isArray(left) && Array.isArray(right) && left.length !== right.length) return false;
  for (const key of Object.keys(left)) if (!isSame(memberOf(left, key), memberOf(right, key))) return false;
  for (const key of Object.keys(right)) {
    if (!Object.hasOwn(left, key) && !isNothing(memberOf(right, key))) return false;
  }
  return true;
}

function show(path: Path, side: Side, visibility: Visibility): SideShown {
  const shown = showWhole(path, side, visibility);
  return shown.kind === 'value' ? { kind: 'value', text: shorten(shown.text) } : shown;
}

function showWhole(path: Path, side: Side, visibility: Visibility): SideShown {
  if (isNothing(side.value)) return ABSENT;
  const shown = masked(path, side, visibility);
  return shown === MASK ? HIDDEN : { kind: 'value', text: renderExactJson(shown) };
}

/** A copy of a value in which everything that may not be shown is replaced by the mask. */
function masked(path: Path, side: Side, visibility: Visibility): unknown {
  const { value } = side;
  if (value === undefined || value === null) return null;
  if (side.sensitive === true) return MASK;
  if (typeof value === 'string') return maskedText(path, value, visibility);
  if (Array.isArray(value)) {
    return value.map((_, index) => masked([...path, index], memberSide(side, index), visibility));
  }
  if (typeof value === 'object' && !isJsonLiteral(value)) {
    return Object.fromEntries(
      Object.keys(value).map((key) => [
        visibility.scrubber.scrub(key),
        masked([...path, key], memberSide(side, key), visibility),
      ]),
    );
  }
  return isHiddenContainerValue(path, visibility.visibleKeys) ? MASK : value;
}

function maskedText(path: Path, text: string, { visibleKeys, scrubber }: Visibility): string {
  if (isHiddenContainerValue(path, visibleKeys) || scrubber.isSecret(text)) return MASK;
  const value = text.length <= LONGEST_PARSED_CHARACTERS ? tryParseStructure(text) : undefined;
  if (value === undefined) return scrubber.scrub(text);
  // A JSON text may hold a container environment of its own.
  const shown = JSON.stringify(
    masked(path, { value, unknown: undefined, sensitive: undefined }, { visibleKeys, scrubber }),
  );
  return shown.includes(MASK) ? shown : scrubber.scrub(text);
}
