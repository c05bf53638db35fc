import { bodyText } from './body-text.ts';
import { longList, mostParsedItems } from './json-values.ts';
import type { Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';

/** Longest text that is parsed at once. */
const partBytes = 65_536;
const stepBytes = 262_144;
/** Deeper nesting has no meaning: no tensor has as many dimensions. */
const deepest = 64;

/** Items of a list: a text that is yet to be parsed, or one value that holds a long list. */
type Part = { readonly start: number; readonly end: number; readonly count: number } | { readonly value: unknown };

/** A list or an object that has begun. */
interface Frame {
  isObject: boolean;
  start: number;
  /** Of a list: its parts so far; then where the current part begins, its last comma, and its commas. */
  parts: Part[];
  partStart: number;
  lastComma: number;
  commas: number;
  /** The last item is a value of its own; only blanks may follow it. */
  isAfterValue: boolean;
  length: number;
  /** Of an object: begin and end of each key and value so far, and the values that hold long lists by their begin. */
  places: number[];
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  values: Map<number, { readonly value: unknown; readonly end: number }>;
}

/**
 * Reads a large JSON body without parsing its long lists: these are LongLists, whose items `parse` reads later. The text
 * of each part is validated when it is parsed. @throws Problem 400 for a structure that is not JSON
 */
export function* scanLargeJson(bytes: Buffer, parse: (text: string) => unknown): Steps<unknown> {
  const frames: Frame[] = [];
  let depth = 0;
  let result: { readonly value: unknown } | undefined;
  let resultEnd = 0;
  const parseRange = (start: number, end: number): unknown => parse(bodyText(bytes.subarray(start, end)));

  const open = (isObject: boolean, start: number): void => {
    if (result !== undefined || depth >= deepest) {
      throw depth >= deepest ? new Problem(422, `the body is nested deeper than ${deepest} lists`) : malformed(start);
    }
    const frame = (frames[depth] ??= newFrame());
    depth++;
    frame.isObject = isObject;
    frame.start = start;
    frame.partStart = start + 1;
    frame.commas = 0;
    frame.length = 0;
    frame.isAfterValue = false;
    frame.keyStart = frame.keyEnd = frame.valueStart = -1;
    // Most lists and objects are short: their arrays are used again.
    if (frame.parts.length > 0) frame.parts = [];
    if (frame.places.length > 0) frame.places.length = 0;
    if (frame.values.size > 0) frame.values.clear();
  };

  const onComma = (frame: Frame, position: number): void => {
    if (frame.isObject) {
      endEntry(frame, position);
    } else if (frame.isAfterValue) {
      demandBlank(bytes, frame.partStart, position);
      frame.isAfterValue = false;
      frame.partStart = position + 1;
    } else {
      frame.commas++;
      frame.lastComma = position;
      if (position - frame.partStart >= partBytes) endPart(frame, position, frame.commas);
    }
  };

  const endPart = (frame: Frame, end: number, count: number): void => {
    frame.parts.push({ start: frame.partStart, end, count });
    frame.length += count;
    frame.partStart = end + 1;
    frame.commas = 0;
  };

  const endEntry = (frame: Frame, end: number): void => {
    if (frame.keyEnd < 0 || frame.valueStart < 0) throw malformed(end);
    frame.places.push(frame.keyStart, frame.keyEnd, frame.valueStart, end);
    frame.keyStart = frame.keyEnd = frame.valueStart = -1;
  };

  const close = (isObject: boolean, position: number): void => {
    const frame = frames[depth - 1];
    if (frame === undefined || depth === 0 || frame.isObject !== isObject) throw malformed(position);
    depth--;
    const isLong = position - frame.start >= partBytes || frame.parts.length > 0 || frame.values.size > 0;
    const parent = depth === 0 ? undefined : frames[depth - 1];
    if (!isLong && parent !== undefined) return;
    const value = isObject ? finishObject(frame, position) : finishList(frame, position);
    if (parent === undefined) {
      result = { value };
      resultEnd = position + 1;
    } else if (parent.isObject) {
      demandBlank(bytes, parent.valueStart, frame.start);
      parent.values.set(parent.valueStart, { value, end: position + 1 });
    } else if (parent.isAfterValue) {
      throw malformed(frame.start);
    } else {
      demandBlank(bytes, parent.commas > 0 ? parent.lastComma + 1 : parent.partStart, frame.start);
      if (parent.commas > 0) endPart(parent, parent.lastComma, parent.commas);
      parent.parts.push({ value });
      parent.length++;
      parent.isAfterValue = true;
      parent.partStart = position + 1;
    }
  };

  const finishList = (frame: Frame, position: number): unknown => {
    const isBlank = blankEnd(bytes, frame.partStart, position) === position;
    if (frame.isAfterValue) demandBlank(bytes, frame.partStart, position);
    else if (!isBlank || frame.commas > 0) endPart(frame, position, frame.commas + 1);
    else if (frame.parts.length > 0) throw malformed(position);
    const { parts, length } = frame;
    const itemsOf = (part: Part): readonly unknown[] => {
      if ('value' in part) return [part.value];
      const items = parse(`[${bodyText(bytes.subarray(part.start, part.end))}]`);
      if (Array.isArray(items) && items.length === part.count) return items;
      throw malformed(part.start);
    };
    if (length <= mostParsedItems) return parts.flatMap(itemsOf);
    return longList(length, function* () {
      for (const part of parts) yield itemsOf(part);
    });
  };

  const finishObject = (frame: Frame, position: number): unknown => {
    const isEmpty = frame.places.length === 0 && blankEnd(bytes, frame.start + 1, position) === position;
    if (!isEmpty) endEntry(frame, position);
    const entries: [string, unknown][] = [];
    const names = new Set<string>();
    let previousEnd = frame.start;
    for (let index = 0; index < frame.places.length; index += 4) {
      const [keyStart = 0, keyEnd = 0, valueStart = 0, valueEnd = 0] = frame.places.slice(index, index + 4);
      demandBlank(bytes, previousEnd + 1, keyStart);
      demandBlank(bytes, keyEnd, valueStart - 1);
      previousEnd = valueEnd;
      const key = String(parseRange(keyStart, keyEnd));
      if (names.has(key)) throw new Problem(422, `the key "${key.slice(0, 100)}" is in one object twice`);
      names.add(key);
      const long = frame.values.get(valueStart);
      if (long === undefined) {
        entries.push([key, parseRange(valueStart, valueEnd)]);
      } else {
        demandBlank(bytes, long.end, valueEnd);
        entries.push([key, long.value]);
      }
    }
    return Object.fromEntries(entries);
  };

  let position = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  position = blankEnd(bytes, position, bytes.length);
  const first = bytes[position];
  if (first !== braceOpen && first !== bracketOpen) return parseRange(position, bytes.length);
  let stringStart = -1;
  while (position < bytes.length) {
    const end = Math.min(bytes.length, position + stepBytes);
    for (; position < end; position++) {
      const byte = bytes[position];
      if (stringStart >= 0) {
        if (byte === backslash) {
          position++;
        } else if (byte === quote) {
          const frame = depth === 0 ? undefined : frames[depth - 1];
          if (frame?.isObject === true && frame.valueStart < 0) {
            frame.keyStart = stringStart;
            frame.keyEnd = position + 1;
          }
          stringStart = -1;
        }
        continue;
      }
      switch (byte) {
        case quote:
          stringStart = position;
          break;
        case braceOpen:
        case bracketOpen:
          open(byte === braceOpen, position);
          break;
        case braceClose:
        case bracketClose:
          close(byte === braceClose, position);
          break;
        case comma: {
          const frame = frames[depth - 1];
          if (frame !== undefined) onComma(frame, position);
          break;
        }
        case colon: {
          const frame = frames[depth - 1];
          if (frame?.isObject === true) frame.valueStart = position + 1;
          break;
        }
        default:
      }
    }
    yield;
  }
  if (result === undefined) throw new Problem(400, 'the body is not valid JSON: it ends too early');
  demandBlank(bytes, resultEnd, bytes.length);
  return result.value;
}

const quote = 34;
const backslash = 92;
const braceOpen = 123;
const braceClose = 125;
const bracketOpen = 91;
const bracketClose = 93;
const comma = 44;
const colon = 58;

function newFrame(): Frame {
  return {
    isObject: false,
    start: 0,
    parts: [],
    partStart: 0,
    lastComma: 0,
    commas: 0,
    isAfterValue: false,
    length: 0,
    places: [],
    keyStart: -1,
    keyEnd: -1,
    valueStart: -1,
    values: new Map(),
  };
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
