import type { ExpectedOutput, Tolerance } from './smoke-cases.ts';

/** A place where two JSON values differ, or null where they don't. */
export type Difference = { readonly at: string; readonly expected: string; readonly found: string } | null;

/** The first difference of two JSON values: numbers within a tolerance, everything else exactly. */
export function compareValues(expected: unknown, found: unknown, tolerance: Tolerance, at: string): Difference {
  if (typeof expected === 'number' && typeof found === 'number') {
    const bound = tolerance.absolute + tolerance.relative * Math.abs(expected);
    return Math.abs(found - expected) <= bound ? null : differ(at, `${expected} ± ${bound}`, found);
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return differ(at, `${expected.length} values`, `${found.length} values`);
    return first(expected.map((value, index) => compareValues(value, found[index], tolerance, `${at}[${index}]`)));
  }
  if (isRecord(expected) && isRecord(found)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    return first(keys.map((key) => compareValues(own(expected, key), own(found, key), tolerance, `${at}.${key}`)));
  }
  return expected === found ? null : differ(at, expected, found);
}

/** The first difference between the outputs that a case expects and the JSON answer that came. */
export function compareOutputs(outputs: Readonly<Record<string, ExpectedOutput>>, body: string): Difference {
  const answer = tryParseJson(body);
  if (answer === undefined) return differ('the answer', 'JSON', body.slice(0, 160));
  return first(
    Object.entries(outputs).map(([name, output]) => compareValues(output.value, valueAt(answer, name), output, name)),
  );
}

/** The first difference between two answers: as JSON where both are, else as text. */
export function compareAnswers(expected: string, found: string, tolerance: Tolerance): Difference {
  const [left, right] = [tryParseJson(expected), tryParseJson(found)];
  if (left !== undefined && right !== undefined) return compareValues(left, right, tolerance, 'answer');
  const [numbers, others] = [expected, found].map((text) => text.trim().split(/[\s,;]+/));
  return compareValues(numbers?.map(numberOrText), others?.map(numberOrText), tolerance, 'answer');
}

function numberOrText(text: string): number | string {
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? text : value;
}

function valueAt(answer: unknown, name: string): unknown {
  if (!name.startsWith('/')) return isRecord(answer) ? own(answer, name) : undefined;
  // JSON pointer: RFC 6901.
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (value: unknown, key) => (typeof value === 'object' && value !== null ? own(value, key) : undefined),
      answer,
    );
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first(differences: readonly Difference[]): Difference {
  return differences.find((difference) => difference !== null) ?? null;
}

function differ(at: string, expected: unknown, found: unknown): Difference {
  return { at, expected: show(expected), found: show(found) };
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
