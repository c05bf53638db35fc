import type { z } from 'zod';
import { UserError, type UserErrorParts } from '../errors/user-error.ts';
import { findRoundedNumber } from './lossless.ts';
import { findSyntaxProblem } from './syntax.ts';
import { wordsOfIssue } from './schema-words.ts';

/** A JSON file as it was read: its path in the repository, and its text. */
export interface JsonFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A text file of its bytes. Terraform reads the same files, and takes UTF-8 without a byte order mark alone.
 *
 * @throws UserError when they are in another encoding.
 */
export function decodeText(path: string, bytes: Uint8Array): JsonFile {
  const text = Buffer.from(bytes).toString('utf8');
  const found = otherEncoding(bytes, text);
  if (found === undefined) return { path, text };
  throw new UserError({
    what: `${path} is not in UTF-8`,
    where: path,
    expected: 'a text in UTF-8 without a byte order mark',
    found,
    remedy: 'Save it again as UTF-8; many editors call it "UTF-8 without BOM".',
    location: { file: path },
  });
}

function otherEncoding(bytes: Uint8Array, text: string): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 3)).toString('hex');
  if (start === 'efbbbf') return 'a byte order mark before the text';
  if (start.startsWith('fffe') || start.startsWith('feff')) return 'a text in UTF-16';
  // What is no character is decoded as U+FFFD.
  return Buffer.from(text).equals(bytes) ? undefined : 'bytes that are no characters in UTF-8';
}

/**
 * The value of a JSON file, decoded with a schema.
 *
 * @throws UserError that names the file, the path inside it, what was expected and what was found; with several problems
 * it tells the first and carries them all.
 */
export function parseJsonFile<Schema extends z.ZodType>(
  file: JsonFile,
  schema: Schema,
  remedy: string,
): z.output<Schema> {
  const document = parseJson(file);
  const result = schema.safeParse(document, { error: wordsOfIssue });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => problemOf(file, document, issue, remedy));
  const [first] = problems;
  if (first === undefined || problems.length === 1)
    throw new UserError(first ?? { what: `${file.path} is not valid`, remedy });
  throw new UserError({ ...first, what: `${first.what} (the first of ${String(problems.length)} problems)`, problems });
}

/** @throws UserError when Terraform would read another number than JavaScript does. */
export function refuseRoundedNumbers(file: JsonFile): void {
  const found = findRoundedNumber(file.text);
  if (found === undefined) return;
  throw new UserError({
    what: `${file.path} has a number with more digits than a float64 holds`,
    where: file.path,
    expected: 'a number that every reader takes for the same',
    found,
    remedy: 'Write it with fewer digits.',
    location: { file: file.path },
  });
}

function problemOf(file: JsonFile, document: unknown, issue: z.core.$ZodIssue, remedy: string): UserErrorParts {
  return {
    what: `${file.path} is not valid`,
    where: `${file.path} at ${renderPath(issue.path)}`,
    expected: issue.message,
    found:
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => JSON.stringify(key)).join(', ')
        : renderFound(document, issue.path),
    remedy,
    location: { file: file.path, line: 1 },
  };
}

function parseJson(file: JsonFile): unknown {
  const problem = findSyntaxProblem(file.text);
  if (problem === undefined) return JSON.parse(file.text);
  const { line, column, expected, found, isAmbiguous } = problem;
  throw new UserError({
    what: isAmbiguous ? `${file.path} means different things to different readers` : `${file.path} is not JSON`,
    where: `${file.path} line ${String(line)}, column ${String(column)}`,
    expected,
    found: file.text.trim() === '' ? 'an empty file' : found,
    remedy: isAmbiguous
      ? 'Rename or remove what was found there.'
      : 'Correct the syntax; an editor that knows JSON shows the place.',
    location: { file: file.path, line },
  });
}

/** A path inside a JSON document in the notation of editors: `releases["0123456789ab"].spec.image`; the root is `(root)`. */
export function renderPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(root)';
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${String(key)}]`;
      const name = String(key);
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

function renderFound(document: unknown, path: readonly PropertyKey[]): string {
  let value: unknown = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return 'nothing';
    value = Reflect.get(value, key);
  }
  // JSON.stringify gives null for it.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number that is too large';
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
