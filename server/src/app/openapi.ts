import type { AppContext } from './context.ts';
import { exampleBodies, type ExampleBodies } from './example-request.ts';
import { serverVersion } from './model-metadata.ts';
import type { Route, RouteDocumentation } from './route.ts';
import { codecs } from '../codecs/registry.ts';
import { elementTraits, integerLimits, type ElementType } from '../tensor/element-types.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { InputSignature, OutputSignature } from '../signature/signature.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the running server: its documented routes, with the signatures of the loaded models. */
export async function openApiDocument(context: AppContext, routes: readonly Route[]): Promise<Json> {
  const loaded = context.models.list().flatMap(({ model }) => (model === undefined ? [] : [model]));
  const model = context.models.defaultModel() ?? loaded[0];
  const examples = new Map<ServedModel, ExampleBodies | undefined>();
  for (const each of new Set(model === undefined ? loaded : [model, ...loaded])) {
    examples.set(each, await exampleBodies(each, context));
  }
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const { documentation } = route;
    if (documentation === undefined) continue;
    const isPerModel = route.path.includes(':name');
    const models = isPerModel ? loaded : [model];
    for (const each of models) {
      if (route.kind === 'inference' && each === undefined) continue;
      const path = isPerModel ? route.path.replace(':name', encodeURIComponent(each?.name ?? '')) : route.path;
      const summary = isPerModel ? `${documentation.summary}: ${each?.name ?? ''}` : documentation.summary;
      paths[path] = { [route.method.toLowerCase()]: operation(route, { ...documentation, summary }, each, examples) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: model === undefined ? 'ONNX inference' : `ONNX inference: ${model.name}`,
      version: model?.version ?? serverVersion,
      ...(model?.signature.description === undefined ? {} : { description: model.signature.description }),
    },
    paths,
    components: { schemas: { Problem: problemSchema } },
  };
}

function operation(
  route: Route,
  documentation: RouteDocumentation,
  model: ServedModel | undefined,
  examples: ReadonlyMap<ServedModel, ExampleBodies | undefined>,
): Json {
  const { summary, tag, responses = {}, isJson = false } = documentation;
  if (route.kind === 'inference' && model !== undefined) {
    const example = examples.get(model);
    const content = route.protocol === 'v2' ? v2Content(model, example) : simpleContent(model, example);
    const bulk = route.protocol === 'invocations' ? bulkContent() : {};
    const schema = route.protocol === 'v2' ? v2ResponseSchema(model) : predictionSchema(model);
    const headers = route.protocol === 'v2' ? {} : { 'X-Record-Count': recordCountHeader };
    return {
      summary,
      tags: [tag],
      requestBody: { required: true, content: { ...content, ...bulk } },
      responses: {
        200: { description: 'The outputs.', headers, content: { 'application/json': { schema } } },
        ...problems,
      },
    };
  }
  const content = isJson ? { content: { 'application/json': { schema: { type: 'object' } } } } : {};
  const described = Object.entries(responses).map(([status, description]) => [status, { description, ...content }]);
  return { summary, tags: [tag], responses: Object.fromEntries(described) as Json };
}

const recordCountHeader: Json = {
  description: 'The records of a request that is a list of records.',
  schema: { type: 'integer', minimum: 0 },
};

const problemContent = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const problems: Json = {
  400: { description: 'The body cannot be read, or the model cannot run on it.', ...problemContent },
  413: { description: 'The body is too large, as it is sent or unpacked.', ...problemContent },
  415: { description: 'The content type or the content encoding is not understood.', ...problemContent },
  422: { description: "The body does not fit the model's signature.", ...problemContent },
  429: { description: 'Too many requests are waiting.', ...problemContent },
  503: { description: 'Not ready, draining, or too late.', ...problemContent },
};

function simpleContent({ signature }: ServedModel, example: ExampleBodies | undefined): Json {
  const [input] = signature.inputs;
  const features =
    signature.inputs.length === 1 && input !== undefined
      ? { features: { anyOf: [inputSchema(input, input.shape.slice(1)), inputSchema(input, input.shape)] } }
      : {
          inputs: {
            type: 'object',
            properties: Object.fromEntries(signature.inputs.map((each) => [each.name, inputSchema(each, each.shape)])),
          },
        };
  return {
    'application/json': {
      schema: { type: 'object', properties: features, required: Object.keys(features), additionalProperties: false },
      ...(example === undefined ? {} : { example: example.simple }),
    },
  };
}

function bulkContent(): Json {
  const bulk = codecs.filter(({ name }) => name !== 'json');
  return Object.fromEntries(
    bulk.map(({ mediaTypes: [mediaType], isBinary }) => [
      mediaType,
      { schema: isBinary ? { type: 'string', format: 'binary' } : { type: 'string' } },
    ]),
  );
}

/** Nested lists along a shape, down to the elements. */
function inputSchema(input: InputSignature, shape: readonly (number | string)[]): Json {
  const [size, ...rest] = shape;
  if (size === undefined)
    return {
      ...elementSchema(input.type),
      ...(input.description === undefined ? {} : { description: input.description }),
    };
  const items = inputSchema(input, rest);
  const names = rest.length === 0 && input.columns !== undefined ? { description: input.columns.join(', ') } : {};
  return typeof size === 'number'
    ? { type: 'array', minItems: size, maxItems: size, items, ...names }
    : { type: 'array', items, ...names };
}

function elementSchema(type: ElementType): Json {
  if (type === 'string') return { type: 'string' };
  if (type === 'bool') return { type: 'boolean' };
  if (type.startsWith('float')) return { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
  const limits = integerLimits[type];
  return { type: 'integer', ...(limits === undefined ? { format: type } : { minimum: limits[0], maximum: limits[1] }) };
}

function predictionSchema({ signature }: ServedModel): Json {
  const main = signature.outputs[signature.primaryOutput];
  const named = signature.isClassifier ? signature.outputs : [];
  const properties = {
    prediction: { type: 'array', items: valueSchema(main), ...described(main) },
    ...Object.fromEntries(named.map((output) => [output.name, { ...valueSchema(output), ...described(output) }])),
  };
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** One element, or a list of them. */
function valueSchema(output: OutputSignature | undefined): Json {
  return { anyOf: [output === undefined ? {} : elementSchema(output.type), { type: 'array' }] };
}

function described(output: OutputSignature | undefined): Json {
  const description = [output?.description, output?.unit, output?.classes?.join(', ')].filter(Boolean).join('; ');
  return description === '' ? {} : { description };
}

function v2Content({ signature }: ServedModel, example: ExampleBodies | undefined): Json {
  const tensor = (name: string, type: ElementType): Json => ({
    type: 'object',
    properties: {
      name: { const: name },
      datatype: { const: elementTraits[type].v2 },
      shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
      data: { type: 'array' },
    },
    required: ['name', 'datatype', 'shape'],
  });
  const inputs = { type: 'array', items: { anyOf: signature.inputs.map(({ name, type }) => tensor(name, type)) } };
  const schema = { type: 'object', properties: { id: { type: 'string' }, inputs }, required: ['inputs'] };
  return { 'application/json': { schema, ...(example === undefined ? {} : { example: example.v2 }) } };
}

function v2ResponseSchema({ signature }: ServedModel): Json {
  return {
    type: 'object',
    properties: {
      model_name: { type: 'string' },
      model_version: { type: 'string' },
      id: { type: 'string' },
      outputs: {
        type: 'array',
        items: { type: 'object', properties: { name: { enum: signature.outputs.map(({ name }) => name) } } },
      },
    },
    required: ['model_name', 'outputs'],
  };
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem details; `errors` says where in the request, as FastAPI does.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    error: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          loc: { type: 'array', items: { type: ['string', 'integer'] } },
          msg: { type: 'string' },
          type: { type: 'string' },
          expected: { type: 'string' },
          got: { type: 'string' },
        },
        required: ['loc', 'msg', 'type'],
      },
    },
  },
  required: ['title', 'status', 'detail'],
};
