/** A number as it is written: a JavaScript number can't hold every int64. */
export interface JsonNumber {
  readonly literal: string;
}

/** A JSON value that keeps what JSON.parse loses: the digits of numbers, and keys that occur twice (which are refused). */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/** Whether a value is a number. */
export function isJsonNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && 'literal' in value;
}

/** Whether a value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** Whether a value is an array. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A JSON text without loss, or undefined where it is none. NaN and Infinity count as numbers: Python writes them. */
export function tryParseLosslessJson(text: string): JsonValue | undefined {
  const reader = createReader(text);
  try {
    const value = readValue(reader, 0);
    return reader.take(/$/y) === undefined ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The first whole number in a JSON text that JSON.parse would change, with its digits; undefined where there is none. */
export function findLossyNumber(text: string): string | undefined {
  return findNumber(text, (literal) => /^-?\d+$/.test(literal) && !isExact(literal));
}

function isExact(digits: string): boolean {
  const value = Number(digits);
  return Number.isFinite(value) && BigInt(value) === BigInt(digits);
}

/**
 * The first number in a JSON text that JSON.parse rounds, as it is written; undefined where there is none. Terraform reads
 * 512 bits of a number.
 */
export function findRoundedNumber(text: string): string | undefined {
  return findNumber(text, (literal) => decimalOf(literal) !== decimalOf(String(Number(literal))));
}

/** The first number in a JSON text that is as asked, as it is written; undefined where there is none, or the text is no JSON. */
function findNumber(text: string, isWanted: (literal: string) => boolean): string | undefined {
  const search = (value: JsonValue): string | undefined => {
    if (isJsonNumber(value)) return isWanted(value.literal) ? value.literal : undefined;
    const members = isJsonArray(value) ? value : isJsonObject(value) ? [...value.values()] : [];
    for (const member of members) {
      const found = search(member);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const parsed = tryParseLosslessJson(text);
  return parsed === undefined ? undefined : search(parsed);
}

/** A decimal number in one form: its digits without zeros at the ends, and the power of ten that they are multiplied with. */
export function decimalOf(literal: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(literal) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  const zeros = digits.length - short.length;
  return short === '' ? '0' : `${sign}${short}e${String(Number(power) - fraction.length + zeros)}`;
}

/** A value that JSON.parse gave, as a lossless one. */
export function toLosslessJson(value: unknown): JsonValue | undefined {
  return tryParseLosslessJson(JSON.stringify(value));
}

/** A value as JSON text, with every number as it was written. */
export function renderLosslessJson(value: JsonValue): string {
  if (isJsonNumber(value)) return value.literal;
  if (isJsonArray(value)) return `[${value.map(renderLosslessJson).join(',')}]`;
  if (isJsonObject(value)) {
    return `{${[...value].map(([key, member]) => `${JSON.stringify(key)}:${renderLosslessJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Levels of arrays and objects; more would use up the stack, and no tensor has so many. */
const DEEPEST = 500;

interface Reader {
  /** The text that a sticky pattern matches next, white space before it skipped; undefined where it doesn't match. */
  take(pattern: RegExp): string | undefined;
}

const WHITE_SPACE = /[ \t\n\r]*/y;
// JSON.parse checks what is between the quotes.
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y;
const WORDS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

function createReader(text: string): Reader {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  return {
    take: (pattern) => {
      match(WHITE_SPACE);
      return match(pattern);
    },
  };
}

function readValue(reader: Reader, depth: number): JsonValue {
  if (depth > DEEPEST) throw new SyntaxError('too deeply nested');
  if (reader.take(/\[/y) !== undefined) return readArray(reader, depth + 1);
  if (reader.take(/\{/y) !== undefined) return readObject(reader, depth + 1);
  const string = reader.take(STRING);
  if (string !== undefined) return unquote(string);
  const literal = reader.take(NUMBER);
  if (literal !== undefined) return { literal };
  const word = WORDS.get(reader.take(/null|true|false/y) ?? '');
  if (word === undefined) throw new SyntaxError('no JSON value');
  return word;
}

function readArray(reader: Reader, depth: number): JsonValue {
  const values: JsonValue[] = [];
  if (reader.take(/\]/y) !== undefined) return values;
  for (;;) {
    values.push(readValue(reader, depth));
    if (reader.take(/\]/y) !== undefined) return values;
    if (reader.take(/,/y) === undefined) throw new SyntaxError('no comma between values');
  }
}

function readObject(reader: Reader, depth: number): JsonValue {
  const members = new Map<string, JsonValue>();
  if (reader.take(/\}/y) !== undefined) return members;
  for (;;) {
    const key = unquote(reader.take(STRING) ?? '');
    if (reader.take(/:/y) === undefined) throw new SyntaxError('no colon after a key');
    // Programs disagree about which of two equal keys counts.
    if (members.has(key)) throw new SyntaxError('a key occurs twice');
    members.set(key, readValue(reader, depth));
    if (reader.take(/\}/y) !== undefined) return members;
    if (reader.take(/,/y) === undefined) throw new SyntaxError('no comma between members');
  }
}

function unquote(token: string): string {
  const value: unknown = JSON.parse(token);
  if (typeof value !== 'string') throw new SyntaxError('no string');
  return value;
}
