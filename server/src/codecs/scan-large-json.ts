import { bodyText } from './body-text.ts';
import { deepestNesting, isObject, longList, mostParsedItems, type JsonObject } from './json-values.ts';
import type { Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';

/** Longest text that is parsed at once. */
const longestPart = 65_536;
const stepBytes = 262_144;
/** No model has more columns. */
const mostFields = 65_536;

/** Items of a list, or fields of an object: a text that is yet to be parsed, or one value that holds a long list. */
type Part =
  | { readonly start: number; readonly end: number; readonly count: number }
  /** `start` is where the item begins, with the key of a field. */
  | { readonly start: number; readonly valueStart: number; readonly value: unknown };

/** A list or an object that has begun. */
interface Frame {
  isObject: boolean;
  start: number;
  parts: Part[];
  /** Where the current part begins, its last comma, and its commas. */
  partStart: number;
  lastComma: number;
  commas: number;
  /** The last item is a value of its own; only blanks may follow it. */
  isAfterValue: boolean;
  /** Items of the parts so far. */
  length: number;
}

/**
 * Reads a large JSON body without parsing its long lists: these are LongLists, whose items `parse` reads later. The text
 * of each part is validated when it is parsed. @throws Problem 400 for a structure that is not JSON
 */
export function* scanLargeJson(
  bytes: Buffer,
  parse: (text: string) => unknown,
  partBytes = longestPart,
): Steps<unknown> {
  const frames: Frame[] = [];
  let depth = 0;
  let result: { readonly value: unknown; readonly end: number } | undefined;
  const text = (start: number, end: number): string => bodyText(bytes.subarray(start, end));

  const open = (isObject: boolean, start: number): void => {
    if (result !== undefined) throw malformed(start);
    if (depth >= deepestNesting) throw new Problem(422, `the body is nested deeper than ${deepestNesting} lists`);
    const frame = (frames[depth] ??= newFrame());
    depth++;
    frame.isObject = isObject;
    frame.start = start;
    frame.partStart = start + 1;
    frame.commas = 0;
    frame.length = 0;
    frame.isAfterValue = false;
    // Most lists are short: their arrays are used again.
    if (frame.parts.length > 0) frame.parts = [];
  };

  const onComma = (frame: Frame, position: number): void => {
    if (frame.isAfterValue) {
      demandBlank(bytes, frame.partStart, position);
      frame.isAfterValue = false;
      frame.partStart = position + 1;
    } else {
      frame.commas++;
      frame.lastComma = position;
      if (position - frame.partStart >= partBytes) endPart(frame, position, frame.commas);
    }
    if (frame.isObject && frame.length + frame.commas > mostFields) {
      throw new Problem(422, `an object of the body has more than ${mostFields} fields`);
    }
  };

  const endPart = (frame: Frame, end: number, count: number): void => {
    frame.parts.push({ start: frame.partStart, end, count });
    frame.length += count;
    frame.partStart = end + 1;
    frame.commas = 0;
  };

  const close = (isObject: boolean, position: number): void => {
    const frame = frames[depth - 1];
    if (frame === undefined || depth === 0 || frame.isObject !== isObject) throw malformed(position);
    depth--;
    const parent = depth === 0 ? undefined : frames[depth - 1];
    const isLong = position - frame.start >= partBytes || frame.parts.length > 0;
    if (!isLong && parent !== undefined) return;
    endLastPart(frame, position);
    const value = isObject ? finishObject(frame) : finishList(frame);
    if (parent === undefined) result = { value, end: position + 1 };
    else addValue(parent, frame.start, value, position + 1);
  };

  const endLastPart = (frame: Frame, position: number): void => {
    const isBlank = blankEnd(bytes, frame.partStart, position) === position;
    if (frame.isAfterValue && !isBlank) throw malformed(position);
    if (!frame.isAfterValue && (!isBlank || frame.commas > 0)) endPart(frame, position, frame.commas + 1);
    else if (!frame.isAfterValue && frame.parts.length > 0) throw malformed(position);
  };

  const addValue = (parent: Frame, valueStart: number, value: unknown, end: number): void => {
    if (parent.isAfterValue) throw malformed(valueStart);
    if (parent.commas > 0) endPart(parent, parent.lastComma, parent.commas);
    if (!parent.isObject) demandBlank(bytes, parent.partStart, valueStart);
    parent.parts.push({ start: parent.partStart, valueStart, value });
    parent.length++;
    parent.isAfterValue = true;
    parent.partStart = end;
  };

  const finishList = ({ parts, length }: Frame): unknown => {
    const itemsOf = (part: Part): readonly unknown[] => {
      if ('value' in part) return [part.value];
      const items = parse(`[${text(part.start, part.end)}]`);
      if (Array.isArray(items) && items.length === part.count) return items;
      throw malformed(part.start);
    };
    if (length <= mostParsedItems) return parts.flatMap(itemsOf);
    return longList(length, function* () {
      for (const part of parts) yield itemsOf(part);
    });
  };

  const finishObject = ({ parts, length }: Frame): JsonObject => {
    const fields = parts.flatMap((part) => {
      const end = 'value' in part ? part.valueStart : part.end;
      const parsed = parse(`{${text(part.start, end)}${'value' in part ? '0' : ''}}`);
      if (!isObject(parsed)) throw malformed(part.start);
      return 'value' in part ? Object.keys(parsed).map((key) => [key, part.value] as const) : Object.entries(parsed);
    });
    const object = Object.fromEntries(fields);
    // JSON.parse takes the last of two equal keys.
    if (Object.keys(object).length !== length) throw new Problem(422, 'an object of the body has a key twice');
    return object;
  };

  let position = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  position = blankEnd(bytes, position, bytes.length);
  const first = bytes[position];
  if (first !== braceOpen && first !== bracketOpen) return parse(text(position, bytes.length));
  let isInString = false;
  while (position < bytes.length) {
    const end = Math.min(bytes.length, position + stepBytes);
    for (; position < end; position++) {
      const byte = bytes[position];
      if (isInString) {
        if (byte === backslash) position++;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) {
        isInString = true;
      } else if (byte === comma) {
        const frame = frames[depth - 1];
        if (frame !== undefined) onComma(frame, position);
      } else if (byte === bracketOpen || byte === braceOpen) {
        open(byte === braceOpen, position);
      } else if (byte === bracketClose || byte === braceClose) {
        close(byte === braceClose, position);
      }
    }
    yield;
  }
  if (result === undefined) throw new Problem(400, 'the body is not valid JSON: it ends too early');
  demandBlank(bytes, result.end, bytes.length);
  return result.value;
}

const quote = 34;
const backslash = 92;
const braceOpen = 123;
const braceClose = 125;
const bracketOpen = 91;
const bracketClose = 93;
const comma = 44;

function newFrame(): Frame {
  const counts = { start: 0, partStart: 0, lastComma: 0, commas: 0, length: 0 };
  return { isObject: false, isAfterValue: false, parts: [], ...counts };
}

/** Where the blanks that begin at `start` end. */
function blankEnd(bytes: Buffer, start: number, end: number): number {
  let position = start;
  for (; position < end; position++) {
    const byte = bytes[position];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
  }
  return position;
}

function demandBlank(bytes: Buffer, start: number, end: number): void {
  const found = blankEnd(bytes, start, end);
  if (found < end) throw malformed(found);
}

function malformed(position: number): Problem {
  return new Problem(400, `the body is not valid JSON: unexpected character at byte ${position}`);
}
