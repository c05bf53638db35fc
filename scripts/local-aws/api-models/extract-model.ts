import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { ApiModel } from './api-model.ts';

const referenceSchema = z.object({
  shape: z.string(),
  location: z.string().optional(),
  locationName: z.string().optional(),
});

const shapeSchema = z.object({
  type: z.enum([
    'structure',
    'list',
    'map',
    'string',
    'integer',
    'long',
    'float',
    'double',
    'boolean',
    'timestamp',
    'blob',
  ]),
  members: z.record(z.string(), referenceSchema).optional(),
  required: z.array(z.string()).optional(),
  member: referenceSchema.optional(),
  key: referenceSchema.optional(),
  value: referenceSchema.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.string()).optional(),
  sensitive: z.boolean().optional(),
  payload: z.string().optional(),
  exception: z.boolean().optional(),
  error: z.object({ code: z.string().optional(), httpStatusCode: z.number().optional() }).optional(),
});

const serviceSchema = z.object({
  metadata: z.object({
    serviceId: z.string(),
    apiVersion: z.string(),
    protocol: z.string(),
    targetPrefix: z.string().optional(),
    jsonVersion: z.string().optional(),
    xmlNamespace: z.string().optional(),
  }),
  operations: z.record(
    z.string(),
    z.object({
      http: z.object({ method: z.string(), requestUri: z.string() }),
      input: z.object({ shape: z.string() }).optional(),
      output: z.object({ shape: z.string(), resultWrapper: z.string().optional() }).optional(),
      errors: z.array(z.object({ shape: z.string() })).optional(),
    }),
  ),
  shapes: z.record(z.string(), shapeSchema),
});

type ServiceShape = z.infer<typeof shapeSchema>;

function referencesOf(shape: ServiceShape): string[] {
  const references = [shape.member, shape.key, shape.value, ...Object.values(shape.members ?? {})];
  return references.flatMap((reference) => (reference === undefined ? [] : [reference.shape]));
}

/**
 * The part of a service-2.json document that the named operations reach: structure and limits, no documentation.
 * @throws when the document lacks an operation or is not a service-2.json.
 */
export function extractModel(document: unknown, operationNames: readonly string[]): ApiModel {
  const service = serviceSchema.parse(document);
  const operations = operationNames.map((name) => {
    const operation = service.operations[name];
    if (operation === undefined) throw new Error(`${service.metadata.serviceId} has no operation "${name}".`);
    return { name, operation };
  });
  const pending = operations.flatMap(({ operation }) => [
    ...(operation.input === undefined ? [] : [operation.input.shape]),
    ...(operation.output === undefined ? [] : [operation.output.shape]),
    ...(operation.errors ?? []).map((error) => error.shape),
  ]);
  const reached = new Map<string, ServiceShape>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    const shape = service.shapes[name];
    if (shape === undefined) throw new Error(`${service.metadata.serviceId} has no shape "${name}".`);
    reached.set(name, shape);
    pending.push(...referencesOf(shape));
  }
  const shapes = [...reached].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    metadata: service.metadata,
    operations: Object.fromEntries(
      operations.map(({ name, operation }) => [
        name,
        {
          http: operation.http,
          ...(operation.input && { input: operation.input.shape }),
          ...(operation.output && { output: operation.output.shape }),
          ...(operation.output?.resultWrapper && { resultWrapper: operation.output.resultWrapper }),
          ...(operation.errors && { errors: operation.errors.map((error) => error.shape) }),
        },
      ]),
    ),
    shapes: Object.fromEntries(shapes.map(([name, shape]) => [name, withErrorCode(name, shape)])),
  };
}

function withErrorCode(name: string, { exception, error, ...shape }: ServiceShape): ApiModel['shapes'][string] {
  if (exception !== true && error === undefined) return shape;
  return { ...shape, error: { code: error?.code ?? name, httpStatusCode: error?.httpStatusCode ?? 400 } };
}

/** The folder of the API models in the installed botocore. @throws when python3 has no botocore. */
export function findBotocoreData(): string {
  const program = 'import botocore; print(botocore.__file__)';
  return join(dirname(execFileSync('python3', ['-c', program], { encoding: 'utf8' }).trim()), 'data');
}

/** One service-2.json of the installed botocore, as JSON; `service` is like "ecr/2015-09-21". */
export function readServiceDocument(botocoreData: string, service: string): unknown {
  const path = join(botocoreData, service, 'service-2.json');
  return JSON.parse(
    existsSync(path) ? readFileSync(path, 'utf8') : gunzipSync(readFileSync(`${path}.gz`)).toString('utf8'),
  );
}
