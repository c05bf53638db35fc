import { bytesOf, mediaTypeOf, showAnswer, textOf, type Answer } from './answer.ts';
import { parseCsv, separatorOf } from './csv.ts';
import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  renderLosslessJson,
  toLosslessJson,
  tryParseLosslessJson,
  type JsonValue,
} from '../json/lossless.ts';
import { differenceOfNumbers } from './number-comparison.ts';
import type { ExpectedOutput, Tolerance } from './cases.ts';

/** A place where two answers differ, or null where they don't. */
export type Difference = { readonly at: string; readonly expected: string; readonly found: string } | null;

/** The first difference of two JSON values: numbers within a tolerance, everything else exactly. */
export function compareValues(
  expected: JsonValue | undefined,
  found: JsonValue | undefined,
  tolerance: Tolerance,
  at: string,
): Difference {
  if (isJsonNumber(expected) && isJsonNumber(found)) {
    const bound = differenceOfNumbers(expected.literal, found.literal, tolerance);
    return bound === null ? null : { at, expected: `${expected.literal} ± ${bound}`, found: found.literal };
  }
  if (isJsonArray(expected) && isJsonArray(found)) {
    if (expected.length !== found.length) return count(at, expected.length, found.length, 'values');
    return first(expected, (value, index) => compareValues(value, found[index], tolerance, `${at}[${index}]`));
  }
  if (isJsonObject(expected) && isJsonObject(found)) {
    const keys = [...new Set([...expected.keys(), ...found.keys()])];
    return first(keys, (key) => compareValues(expected.get(key), found.get(key), tolerance, `${at}.${key}`));
  }
  return expected === found ? null : { at, expected: show(expected), found: show(found) };
}

/** The first difference between the outputs that a case expects and the JSON answer that came. */
export function compareOutputs(outputs: Readonly<Record<string, ExpectedOutput>>, answer: Answer): Difference {
  const parsed = tryParseLosslessJson(textOf(answer) ?? '');
  if (parsed === undefined) return { at: 'the answer', expected: 'JSON', found: showAnswer(answer) };
  return first(Object.entries(outputs), ([name, output]) =>
    compareValues(toLosslessJson(output.value), valueAt(parsed, name), output, name),
  );
}

/**
 * The first difference between two answers: by their media type where it is known here, else byte by byte. The version of the
 * model that the server writes into answers of protocol v2 is none: two releases may have two.
 */
export function compareAnswers(one: Answer, other: Answer, tolerance: Tolerance): Difference {
  const [expected, found] = [withoutVersion(one), withoutVersion(other)];
  const [before, after] = [mediaTypeOf(expected), mediaTypeOf(found)];
  if (before !== undefined && after !== undefined && before !== after) {
    return { at: 'the media type', expected: before, found: after };
  }
  const compareForm = comparisonOf(after ?? before);
  const [left, right] = [textOf(expected), textOf(found)];
  const compared = left === undefined || right === undefined ? undefined : compareForm?.(left, right, tolerance);
  if (compared !== undefined) return compared;
  return left === undefined || right === undefined
    ? compareBytes(bytesOf(expected), bytesOf(found))
    : compareTexts(left, right);
}

// As the server begins an answer of protocol v2, in JSON and in the JSON before binary tensors.
const V2_VERSION = /^(\{"model_name":"(?:[^"\\]|\\.)*"),"model_version":"(?:[^"\\]|\\.)*"/;

function withoutVersion(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body === 'string') return { ...answer, body: body.replace(V2_VERSION, '$1') };
  // Latin-1 has a character for every byte.
  const text = Buffer.from(body).toString('latin1');
  return V2_VERSION.test(text) ? { ...answer, body: Buffer.from(text.replace(V2_VERSION, '$1'), 'latin1') } : answer;
}

/** Compares two texts; undefined where one of them isn't of the form. */
type CompareForm = (expected: string, found: string, tolerance: Tolerance) => Difference | undefined;

const JSON_LINES = /^application\/(?:x-)?(?:jsonlines|json-lines|jsonl|ndjson)$/;

function comparisonOf(mediaType: string | undefined): CompareForm | undefined {
  if (mediaType === undefined || mediaType === 'application/json' || mediaType.endsWith('+json')) return compareJson;
  if (JSON_LINES.test(mediaType)) return compareJsonLines;
  if (mediaType === 'text/csv' || mediaType === 'application/csv') return compareCsv;
  if (mediaType === 'text/plain') return comparePlainText;
  return undefined;
}

function compareJson(expected: string, found: string, tolerance: Tolerance): Difference | undefined {
  const [left, right] = [tryParseLosslessJson(expected), tryParseLosslessJson(found)];
  return left === undefined || right === undefined ? undefined : compareValues(left, right, tolerance, 'answer');
}

function compareJsonLines(expected: string, found: string, tolerance: Tolerance): Difference | undefined {
  const [before, after] = [expected, found].map(linesOf);
  if (before === undefined || after === undefined) return undefined;
  if (before.length !== after.length) return count('answer', before.length, after.length, 'lines');
  const [left, right] = [before, after].map((lines) => lines.map(tryParseLosslessJson));
  if (left === undefined || right === undefined || [...left, ...right].includes(undefined)) return undefined;
  return first(left, (value, index) => compareValues(value, right[index], tolerance, `line ${index + 1}`));
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function compareCsv(expected: string, found: string, tolerance: Tolerance): Difference {
  const separator = separatorOf(expected);
  const [before, after] = [parseCsv(expected, separator), parseCsv(found, separator)];
  if (before.length !== after.length) return count('answer', before.length, after.length, 'rows');
  return first(before, (row, index) => {
    const other = after[index] ?? [];
    const at = `row ${index + 1}`;
    if (row.length !== other.length) return count(at, row.length, other.length, 'fields');
    return first(row, (field, column) =>
      compareFields(field, other[column] ?? '', tolerance, `${at}, field ${column + 1}`),
    );
  });
}

// As programs write numbers. `007` is an identifier, and so is `1e3`: a number with an exponent has a sign in it
// (Python, JavaScript, C, Go) or a point before it (Java).
const NUMBER_FIELD = /^-?(?:0|[1-9]\d*)(?:\.\d*(?:[eE][+-]?\d+)?|[eE][+-]\d+)?$/;

function compareFields(expected: string, found: string, tolerance: Tolerance, at: string): Difference {
  if (expected === found) return null;
  const bound =
    NUMBER_FIELD.test(expected) && NUMBER_FIELD.test(found) ? differenceOfNumbers(expected, found, tolerance) : 0;
  return bound === null ? null : { at, expected: show(expected), found: show(found) };
}

function comparePlainText(expected: string, found: string, tolerance: Tolerance): Difference {
  const [before, after] = [expected.split('\n'), found.split('\n')];
  if (before.length !== after.length) return count('answer', before.length, after.length, 'lines');
  return first(before, (line, index) => compareFields(line, after[index] ?? '', tolerance, `line ${index + 1}`));
}

function compareTexts(expected: string, found: string): Difference {
  if (expected === found) return null;
  let same = 0;
  while (expected[same] === found[same]) same += 1;
  const rest = (text: string): string => (same >= text.length ? 'the end' : show(text.slice(same)));
  return { at: `the answer from character ${same + 1}`, expected: rest(expected), found: rest(found) };
}

function compareBytes(expected: Uint8Array, found: Uint8Array): Difference {
  const length = Math.max(expected.length, found.length);
  for (let index = 0; index < length; index += 1) {
    const [before, after] = [expected[index], found[index]];
    if (before === after) continue;
    const name = (byte: number | undefined, all: Uint8Array): string =>
      byte === undefined ? `the end of ${all.length} bytes` : `0x${byte.toString(16).padStart(2, '0')}`;
    return { at: `byte ${index + 1}`, expected: name(before, expected), found: name(after, found) };
  }
  return null;
}

function valueAt(answer: JsonValue, name: string): JsonValue | undefined {
  if (!name.startsWith('/')) return isJsonObject(answer) ? answer.get(name) : undefined;
  // JSON pointer: RFC 6901.
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value: JsonValue | undefined, key) => memberOf(value, key), answer);
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (isJsonObject(value)) return value.get(key);
  return isJsonArray(value) && /^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
}

function first<Item>(items: readonly Item[], compare: (item: Item, index: number) => Difference): Difference {
  for (const [index, item] of items.entries()) {
    const difference = compare(item, index);
    if (difference !== null) return difference;
  }
  return null;
}

function count(at: string, expected: number, found: number, what: string): Difference {
  return { at, expected: `${expected} ${what}`, found: `${found} ${what}` };
}

function show(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : renderLosslessJson(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
