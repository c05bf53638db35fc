import {
  decimalOf,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  tryParseLosslessJson,
  type JsonValue,
} from './lossless.ts';

const LITERAL = Symbol('literal');

/** A part of a JSON text that a JavaScript value would change, as it is written. No JSON text gives an object like it. */
interface JsonLiteral {
  readonly [LITERAL]: string;
}

/** Whether a value is a part of a JSON text as it is written. */
export function isJsonLiteral(value: unknown): value is JsonLiteral {
  return typeof value === 'object' && value !== null && LITERAL in value;
}

// Numbers of 15 digits and without an exponent survive JSON.parse: most texts need no closer look.
const MAY_BE_ROUNDED = /\d[\d.]{15}|\d[eE]/;

/**
 * What JSON.parse gives, with the numbers that it would round as literals.
 *
 * @throws SyntaxError when the text is no JSON, or has such a number below a key that occurs twice or 500 levels deep.
 */
export function parseExactJson(text: string): unknown {
  const rounded: unknown = JSON.parse(text);
  if (!MAY_BE_ROUNDED.test(text)) return rounded;
  const exact = tryParseLosslessJson(text);
  if (exact === undefined) throw new SyntaxError('a JSON text that cannot be read without loss');
  return toPlain(exact, (literal) => decimalOf(literal) === decimalOf(String(Number(literal))), false);
}

/**
 * The array or object in a JSON text, complete: numbers in another notation than JavaScript's, null and what is empty are
 * literals. Undefined for any other text, and where a key occurs twice.
 */
export function tryOpenJson(text: string): unknown {
  const exact = /^\s*[[{]/.test(text) ? tryParseLosslessJson(text) : undefined;
  const value =
    exact === undefined ? undefined : toPlain(exact, (literal) => literal === String(Number(literal)), true);
  return isJsonLiteral(value) ? undefined : value;
}

function toPlain(value: JsonValue, isKept: (literal: string) => boolean, isWhole: boolean): unknown {
  if (isJsonNumber(value)) return isKept(value.literal) ? Number(value.literal) : { [LITERAL]: value.literal };
  if (isWhole && value === null) return { [LITERAL]: 'null' };
  if (isJsonArray(value)) {
    return isWhole && value.length === 0 ? { [LITERAL]: '[]' } : value.map((each) => toPlain(each, isKept, isWhole));
  }
  if (!isJsonObject(value)) return value;
  if (isWhole && value.size === 0) return { [LITERAL]: '{}' };
  return Object.fromEntries([...value].map(([key, each]) => [key, toPlain(each, isKept, isWhole)]));
}

/** A value as JSON text, as JSON.stringify writes it, with literals as they were written. */
export function renderExactJson(value: unknown): string {
  if (isJsonLiteral(value)) return value[LITERAL];
  if (Array.isArray(value)) return `[${value.map(renderExactJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${renderExactJson(member)}`);
  return `{${members.join(',')}}`;
}
