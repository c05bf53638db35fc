import type { AppContext } from './context.ts';
import { exampleBody } from './example-request.ts';
import { serverVersion } from './model-metadata.ts';
import { elementTraits, integerLimits, type ElementType } from '../model/element-types.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { InputSignature } from '../model/signature.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the running server, made from the signatures of the loaded models. */
export function openApiDocument(context: AppContext): Json {
  const loaded = context.models.list().flatMap(({ model }) => (model === undefined ? [] : [model]));
  const model = context.models.defaultModel() ?? loaded[0];
  const paths: Json = {
    '/': { get: operation('Live message', 'server', { 200: json('The server is live.', { type: 'object' }) }) },
    '/ping': {
      get: operation('Health as SageMaker asks for it', 'server', {
        200: plain('Ready.'),
        503: plain('Starting or draining.'),
      }),
    },
    '/execution-parameters': {
      get: operation('Parameters for batch transform', 'server', { 200: json('Parameters.', { type: 'object' }) }),
    },
    '/metrics': { get: operation('Prometheus metrics', 'server', { 200: plain('Metrics in text format.') }) },
    '/v2/health/live': { get: operation('Liveness', 'open inference protocol', { 200: plain('Live.') }) },
    '/v2/health/ready': {
      get: operation('Readiness', 'open inference protocol', { 200: plain('Ready.'), 503: plain('Not ready.') }),
    },
    '/v2': {
      get: operation('Server metadata', 'open inference protocol', { 200: json('Metadata.', { type: 'object' }) }),
    },
  };
  if (model !== undefined) {
    paths['/predict'] = { post: inference('Predict', model, simpleContent(model)) };
    paths['/invocations'] = {
      post: inference('Invoke as SageMaker does', model, { ...simpleContent(model), ...bulkContent() }),
    };
  }
  for (const each of loaded) {
    const path = `/v2/models/${encodeURIComponent(each.name)}`;
    paths[path] = {
      get: operation(`Metadata of ${each.name}`, 'open inference protocol', {
        200: json('Metadata.', { type: 'object' }),
      }),
    };
    paths[`${path}/infer`] = {
      post: inference(`Infer with ${each.name}`, each, v2Content(each), 'open inference protocol'),
    };
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

function operation(summary: string, tag: string, responses: Json): Json {
  return { summary, tags: [tag], responses };
}

function plain(description: string): Json {
  return { description };
}

function json(description: string, schema: Json): Json {
  return { description, content: { 'application/json': { schema } } };
}

function inference(summary: string, model: ServedModel, content: Json, tag = 'inference'): Json {
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return {
    summary,
    tags: [tag],
    requestBody: { required: true, content },
    responses: {
      200: json('The answer.', tag === 'inference' ? predictionSchema(model) : v2AnswerSchema(model)),
      400: { description: 'The body cannot be read, or the model cannot run on it.', ...problem },
      413: { description: 'The body is too large.', ...problem },
      415: { description: 'The content type is not understood.', ...problem },
      422: { description: "The body does not fit the model's signature.", ...problem },
      429: { description: 'Too many requests are waiting.', ...problem },
      503: { description: 'Not ready, draining, or too late.', ...problem },
    },
  };
}

function simpleContent(model: ServedModel): Json {
  const { signature } = model;
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
      example: exampleBody(signature),
    },
  };
}

function bulkContent(): Json {
  const text = { schema: { type: 'string' } };
  const binary = { schema: { type: 'string', format: 'binary' } };
  return {
    'application/jsonlines': text,
    'text/csv': text,
    'application/x-npy': binary,
    'application/x-npz': binary,
    'application/octet-stream': binary,
  };
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
  const output = signature.outputs[signature.primaryOutput];
  const element = output === undefined ? {} : elementSchema(output.type);
  const description = [output?.description, output?.unit, output?.classes?.join(', ')].filter(Boolean).join('; ');
  const items = { anyOf: [element, { type: 'array' }] };
  return {
    type: 'object',
    properties: { prediction: { type: 'array', items, ...(description === '' ? {} : { description }) } },
    required: ['prediction'],
  };
}

function v2Content({ signature }: ServedModel): Json {
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
  return { 'application/json': { schema, example: exampleBody(signature, 'v2') } };
}

function v2AnswerSchema({ signature }: ServedModel): Json {
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
