import { z } from 'zod';
import { UserError } from './errors.ts';

/** A JSON file as it was read: its path in the repository, and its text. */
export interface JsonFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The value of a JSON file, decoded with a schema.
 *
 * @throws UserError that names the file, the path inside it, what was expected and what was found.
 */
export function parseJsonFile<Schema extends z.ZodType>(
  file: JsonFile,
  schema: Schema,
  remedy: string,
): z.output<Schema> {
  const result = schema.safeParse(parseJson(file));
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const others = result.error.issues.length - 1;
  throw new UserError({
    what: `${file.path} is not valid${others > 0 ? ` (the first of ${String(others + 1)} problems)` : ''}`,
    where: `${file.path} at ${renderPath(first?.path ?? [])}`,
    expected: first?.message ?? 'a valid document',
    found: renderFound(parseJson(file), first?.path ?? []),
    remedy,
    location: { file: file.path, line: 1 },
    cause: undefined,
  });
}

function parseJson(file: JsonFile): unknown {
  try {
    return JSON.parse(file.text);
  } catch (error) {
    throw new UserError({
      what: `${file.path} is not JSON`,
      where: file.path,
      expected: 'a JSON document',
      found: file.text.trim() === '' ? 'an empty file' : error instanceof Error ? error.message : String(error),
      remedy: 'Correct the syntax; an editor that knows JSON shows the place.',
      location: { file: file.path, line: 1 },
    });
  }
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
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
