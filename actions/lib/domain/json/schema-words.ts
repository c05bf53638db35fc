import type { z } from 'zod';

/** zod's own name of a type, and ours. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  tuple: 'a list',
  null: 'null',
};

/** What a schema expects where it has no words of its own: passed to a parse, so that no text of zod's reaches a reader. */
export function wordsOfIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? 'another type of value';
    case 'unrecognized_keys':
      return `no other keys than ${allowedKeys(issue.inst).join(', ') || 'those that the schema has'}`;
    case 'invalid_value':
      return `${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(quote).join(', ')}`;
    case 'invalid_union':
      return wordsOfUnion(issue);
    case 'too_small':
      return `at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'too_big':
      return `at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${String(issue.divisor)}`;
    case 'invalid_format':
      return issue.pattern === undefined
        ? `a text of the format ${issue.format}`
        : `a text that matches ${issue.pattern}`;
    case 'invalid_key':
      return `a key that is ${issue.issues[0]?.message ?? 'allowed here'}`;
    case 'invalid_element':
      return issue.issues[0]?.message ?? 'another element';
    case 'custom':
      return 'a valid value';
    default:
      return 'a valid value';
  }
}

function wordsOfUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const values = discriminatorValues(issue.inst, issue.discriminator);
  if (values.length > 0) return `one of ${values.map(quote).join(', ')}`;
  const words = issue.errors.flatMap(([first]) =>
    first === undefined || first.path.length > 0 ? [] : [first.message],
  );
  return words.length === 0 ? 'another form of value' : [...new Set(words)].join(', or ');
}

/** The values that tell the forms of a discriminated union apart, such as those of `strategy`. */
function discriminatorValues(schema: unknown, discriminator: string | undefined): readonly unknown[] {
  if (discriminator === undefined) return [];
  return listOf(own(definitionOf(schema), 'options')).flatMap((option) =>
    listOf(own(definitionOf(own(own(option, 'shape'), discriminator)), 'values')),
  );
}

function definitionOf(schema: unknown): unknown {
  return own(own(schema, '_zod'), 'def');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function allowedKeys(schema: unknown): readonly string[] {
  const shape = own(schema, 'shape');
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  if (origin === 'array' || origin === 'set') return ' entries';
  return '';
}

function quote(value: unknown): string {
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : JSON.stringify(value);
}
