import { Problem } from '../errors/problem.ts';

/**
 * Marks an integer literal that a double would round: JSON.parse returns this prefix and the digits.
 * A client that sends the marked string itself sends the same integer.
 */
const exactPrefix = '\u0000exact:';

/** Integer literals of fewer digits are exact as doubles (2^53 has 16 digits). */
const exactDigits = 16;

/** Parses JSON. @throws Problem 400 with the place of the error */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = /\b-?(NaN|Infinity)\b/.test(text)
      ? ' JSON has no NaN or Infinity: write them as the strings "NaN", "Infinity", "-Infinity".'
      : '';
    throw new Problem(400, `the body is not valid JSON: ${reason}.${remedy}`, { cause: error });
  }
}

/** Parses JSON with exact long integers: they are strings that `exactInteger` reads. @throws Problem 400 */
export function parseJsonExactly(text: string): unknown {
  const value = parseJson(text);
  if (!/\d{16}/.test(text)) return value;
  return parseJson(markLongIntegers(text));
}

/** The integer of a marked literal, or undefined for any other value. */
export function exactInteger(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !value.startsWith(exactPrefix)) return undefined;
  const digits = value.slice(exactPrefix.length);
  return /^-?\d+$/.test(digits) ? BigInt(digits) : undefined;
}

/** The marked form of an integer, as `parseJsonExactly` returns it for a long literal. */
export function markExact(integer: bigint | string): string {
  return exactPrefix + String(integer);
}

// The text is valid JSON: a scan for strings and numbers is enough.
function markLongIntegers(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  let position = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === 34) {
      position = endOfString(text, position);
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const start = position;
      let isInteger = true;
      for (position++; position < text.length; position++) {
        const next = text.charCodeAt(position);
        if (next >= 48 && next <= 57) continue;
        if (next !== 46 && next !== 69 && next !== 101 && next !== 43 && next !== 45) break;
        isInteger = false;
      }
      if (isInteger && position - start >= exactDigits) {
        pieces.push(text.slice(copied, start), JSON.stringify(exactPrefix + text.slice(start, position)));
        copied = position;
      }
    } else {
      position++;
    }
  }
  pieces.push(text.slice(copied));
  return pieces.join('');
}

function endOfString(text: string, start: number): number {
  let position = start + 1;
  while (text.charCodeAt(position) !== 34) position += text.charCodeAt(position) === 92 ? 2 : 1;
  return position + 1;
}
