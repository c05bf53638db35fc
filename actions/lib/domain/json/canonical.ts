/** A value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The canonical text of a JSON value: object keys sorted by code point, no white space, and the escaping of Terraform's
 * `jsonencode` (Go's encoding/json with its HTML escapes, over strings in Unicode normalisation form C), so that
 * TypeScript and HCL hash the same bytes.
 *
 * @throws RangeError for what Terraform can't reproduce: a number that is not a safe integer, or a lone surrogate.
 */
export function canonicalJson(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value).map(([key, member]): [string, Json] => [key.normalize('NFC'), member]);
  // UTF-8 bytes sort as code points do, which is Go's order.
  entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${entries.map(([key, member]) => `${canonicalString(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function canonicalNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${String(value)} has no canonical form: only integers up to 2^53 do`);
  }
  return String(value === 0 ? 0 : value);
}

function canonicalString(value: string): string {
  const normalised = value.normalize('NFC');
  if (!normalised.isWellFormed()) throw new RangeError('a string with a lone surrogate has no canonical form');
  let text = '"';
  for (const character of normalised) text += ESCAPES.get(character) ?? escapeControl(character);
  return `${text}"`;
}

// Go escapes < > & and the two line separators, which JSON.stringify leaves alone:
// https://pkg.go.dev/encoding/json#Marshal
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
]);

function escapeControl(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? `\\u${code.toString(16).padStart(4, '0')}` : character;
}
