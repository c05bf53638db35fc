import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { SERVED_OPERATIONS, type OperationId } from './served-operations.ts';

const parameter = z.object({
  name: z.string(),
  in: z.literal(['path', 'query', 'header']),
  required: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
});
const operation = z.object({
  method: z.string(),
  path: z.string(),
  parameters: z.array(parameter),
  body: z.object({ required: z.boolean(), schema: z.unknown() }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const operationId = z.custom<OperationId>((id) => typeof id === 'string' && Object.hasOwn(SERVED_OPERATIONS, id));
const description = z.object({
  operations: z.record(operationId, operation),
  schemas: z.record(z.string(), z.unknown()),
});

/** The path and query parameters of a request, in the types of the description. */
interface Parameters {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** An operation of the API with its validators. */
export interface Operation {
  readonly id: OperationId;
  readonly method: string;
  /** With `{name}` for a parameter. */
  readonly path: string;
  /** The typed parameters, or their problem. */
  parameters(path: Record<string, unknown>, query: Record<string, unknown>): Parameters | string;
  /** The problem of a body, or undefined. */
  bodyProblem(body: unknown): string | undefined;
  /** The problem of a response, or undefined. */
  answerProblem(status: number, body: unknown): string | undefined;
}

let loaded: readonly Operation[] | undefined;

/** The operations of operations.json, ready to validate; read and compiled once a process. */
export function loadOperations(): readonly Operation[] {
  loaded ??= readOperations();
  return loaded;
}

function readOperations(): readonly Operation[] {
  const file = path.join(import.meta.dirname, 'operations.json');
  const { operations, schemas } = description.parse(JSON.parse(readFileSync(file, 'utf8')));
  const strictBodies = createAjv(schemas, false);
  const coercing = createAjv(schemas, true);
  return Object.entries(operations).map(([id, described]) => {
    const compile = once((place: 'path' | 'query') => {
      const known = described.parameters.filter((candidate) => candidate.in === place);
      return coercing.compile({
        type: 'object',
        properties: Object.fromEntries(known.map(({ name, schema }) => [name, schema])),
        required: known.filter(({ required }) => required).map(({ name }) => name),
        additionalProperties: false,
      });
    });
    const body = once(() => strictBodies.compile(closed(described.body?.schema ?? { type: 'object' })));
    const answer = once((status: string) => strictBodies.compile(asSchema(described.responses[status])));
    return {
      id: operationId.parse(id),
      method: described.method,
      path: described.path,
      parameters: (inPath, inQuery) =>
        problemOf(coercing, compile('path'), inPath, 'path') ??
        problemOf(coercing, compile('query'), inQuery, 'query') ?? { path: inPath, query: inQuery },
      bodyProblem: (value) => {
        if (value === undefined) return described.body?.required === true ? 'a body is required' : undefined;
        return described.body === undefined ? undefined : problemOf(strictBodies, body(''), value, 'body');
      },
      answerProblem: (status, value) => {
        const code = String(status);
        if (!Object.hasOwn(described.responses, code)) return `${code} is not among the statuses it can answer`;
        return described.responses[code] === null ? undefined : problemOf(strictBodies, answer(code), value, 'answer');
      },
    };
  });
}

function createAjv(schemas: Readonly<Record<string, unknown>>, coerceTypes: boolean): Ajv {
  // Not strict: the description has keywords beside `anyOf` without a type.
  const ajv = new Ajv({ strict: false, coerceTypes, allErrors: false });
  addFormats.default(ajv, ['date-time', 'email']);
  for (const name of [
    'int64',
    'int32',
    'timestamp',
    'uri-template',
    'repo.nwo',
    'ssh-key',
    'ssh-key fingerprint',
    'hexcolor',
    'html',
    'binary',
    'alphanumeric',
  ]) {
    ajv.addFormat(name, true);
  }
  // GitHub returns an unset URL as an empty string.
  ajv.addFormat('uri', (value: string) => value === '' || URL.canParse(value));
  // References are written against one root.
  ajv.addSchema({ $id: 'github', schemas });
  return ajv;
}

function asSchema(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(rebase(value));
}

// Rewrites `#/schemas/NAME` for a schema that stands outside of that root.
function rebase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      key === '$ref' && typeof member === 'string' ? [key, `github${member}`] : [key, rebase(member)],
    ),
  );
}

// GitHub ignores unknown members; here an unknown member is an error of the client.
function closed(schema: unknown): Record<string, unknown> {
  const copy = asSchema(schema);
  return copy['properties'] === undefined || copy['additionalProperties'] !== undefined
    ? copy
    : { ...copy, additionalProperties: false };
}

function problemOf(ajv: Ajv, validate: ValidateFunction, value: unknown, name: string): string | undefined {
  return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: name });
}

function once<Key extends string>(make: (key: Key) => ValidateFunction): (key: Key) => ValidateFunction {
  const made = new Map<Key, ValidateFunction>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
