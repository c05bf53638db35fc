import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { SERVED_OPERATIONS } from './served-operations.ts';

/**
 * Writes operations.json: of GitHub's published OpenAPI description the operations that the local GitHub serves, without
 * their texts. The description is 400 MB of npm package, so it is fetched when this is run, and not installed:
 *
 *   npx tsx scripts/local-github/openapi/extract.ts
 */
const PACKAGE = '@octokit/openapi@23.0.2';
const DESCRIPTION = 'package/generated/api.github.com.json';

const node = z.record(z.string(), z.unknown());
type Node = z.output<typeof node>;

const run = promisify(execFile);

async function fetchDescription(): Promise<Node> {
  const folder = await mkdtemp(path.join(tmpdir(), 'github-openapi-'));
  try {
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE]);
    await run('tar', ['-xzf', path.join(folder, stdout.trim()), '-C', folder, DESCRIPTION]);
    return node.parse(JSON.parse(await readFile(path.join(folder, DESCRIPTION), 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The value behind a reference such as `#/components/parameters/owner`. */
function resolve(root: Node, value: unknown): Node {
  const found = node.parse(value);
  if (typeof found['$ref'] !== 'string') return found;
  let target: unknown = root;
  for (const key of found['$ref'].slice(2).split('/')) target = node.parse(target)[key];
  return node.parse(target);
}

const KEPT = new Set([
  'type',
  'enum',
  'required',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

/** A schema of OpenAPI 3.0 as JSON Schema, without texts; notes the components that it refers to. */
function toJsonSchema(value: unknown, wanted: Set<string>): unknown {
  if (typeof value === 'boolean') return value;
  const schema = node.parse(value);
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].split('/').at(-1) ?? '';
    wanted.add(name);
    return { $ref: `#/schemas/${name}` };
  }
  const result: Node = {};
  for (const [key, member] of Object.entries(schema)) {
    if (KEPT.has(key)) result[key] = member;
    else if (key === 'items' || key === 'not' || key === 'additionalProperties') {
      result[key] = toJsonSchema(member, wanted);
    } else if (key === 'allOf' || key === 'anyOf' || key === 'oneOf') {
      // Many answers fit several branches of a oneOf (an empty object, a file and a link), so it is read as anyOf.
      const branches = z.array(z.unknown()).parse(member);
      result[key === 'oneOf' ? 'anyOf' : key] = branches.map((branch) => toJsonSchema(branch, wanted));
    } else if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(node.parse(member)).map(([name, property]) => [name, toJsonSchema(property, wanted)]),
      );
    }
  }
  if (schema['nullable'] !== true) return result;
  return { anyOf: [result, { type: 'null' }] };
}

function jsonContent(value: unknown): unknown {
  const content = node.optional().parse(node.parse(value)['content']);
  const media =
    content?.['application/json'] ?? Object.entries(content ?? {}).find(([type]) => type.includes('json'))?.[1];
  return media === undefined ? undefined : node.parse(media)['schema'];
}

function extractOperation(root: Node, method: string, route: string, item: Node, operation: Node, wanted: Set<string>) {
  const parameters = [item['parameters'], operation['parameters']]
    .flatMap((list) => z.array(z.unknown()).default([]).parse(list))
    .map((parameter) => resolve(root, parameter))
    .map((parameter) => ({
      name: z.string().parse(parameter['name']),
      in: z.string().parse(parameter['in']),
      required: parameter['required'] === true,
      schema: toJsonSchema(parameter['schema'], wanted),
    }));
  const request = operation['requestBody'] === undefined ? undefined : resolve(root, operation['requestBody']);
  const responses = Object.entries(node.parse(operation['responses'])).map(([status, response]): [string, unknown] => {
    const schema = jsonContent(resolve(root, response));
    return [status, schema === undefined ? null : toJsonSchema(schema, wanted)];
  });
  const body = request === undefined ? undefined : jsonContent(request);
  return {
    method,
    path: route,
    parameters,
    ...(body === undefined
      ? {}
      : { body: { required: request?.['required'] === true, schema: toJsonSchema(body, wanted) } }),
    responses: Object.fromEntries(responses),
  };
}

const root = await fetchDescription();
const wanted = new Set<string>();
const operations: Record<string, unknown> = {};
for (const [route, item] of Object.entries(node.parse(root['paths']))) {
  const parsed = node.parse(item);
  for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
    if (parsed[method] === undefined) continue;
    const operation = node.parse(parsed[method]);
    const id = z.string().parse(operation['operationId']);
    if (!Object.hasOwn(SERVED_OPERATIONS, id)) continue;
    operations[id] = extractOperation(root, method.toUpperCase(), route, parsed, operation, wanted);
  }
}
const missing = Object.keys(SERVED_OPERATIONS).filter((id) => operations[id] === undefined);
if (missing.length > 0) throw new Error(`${PACKAGE} describes no ${missing.join(', ')}`);

const components = node.parse(node.parse(root['components'])['schemas']);
const schemas: Record<string, unknown> = {};
// The set grows while it is walked: a component refers to others.
for (const name of wanted) schemas[name] = toJsonSchema(components[name], wanted);

const sorted = (record: Readonly<Record<string, unknown>>): string =>
  Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(record[key])}`)
    .join(',\n');
await writeFile(
  path.join(import.meta.dirname, 'operations.json'),
  `{"source":${JSON.stringify(PACKAGE)},\n"operations":{\n${sorted(operations)}\n},\n"schemas":{\n${sorted(schemas)}\n}}\n`,
);
