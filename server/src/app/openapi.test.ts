import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { float32Initializer, tensor, type Graph } from '../../sample-model/onnx-writer.ts';
import { identityGraph, linearGraph, twoColumnGraph } from '../testing/small-models.ts';
import { useTestServers } from '../testing/use-test-servers.ts';

const { startGraph } = useTestServers();

// The requests and responses of an OpenAPI document.
const content = z.record(z.string(), z.object({ schema: z.unknown(), example: z.unknown().optional() }));
const openApi = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string(), description: z.string().optional() }),
  paths: z.record(
    z.string(),
    z.object({
      post: z
        .object({
          requestBody: z.object({ content }),
          responses: z.record(z.string(), z.object({ content: content.optional() })),
        })
        .optional(),
    }),
  ),
  components: z.object({ schemas: z.object({ Problem: z.unknown() }) }),
});

const signature = {
  description: 'Boxes',
  inputs: {
    x: { columns: ['width', 'height', 'depth'], ranges: { height: [0, 10] }, description: 'of a box in cm' },
  },
};

describe.each([
  ['a matrix with named columns', linearGraph(), signature],
  ['inputs of text and numbers', twoColumnGraph(), undefined],
  ['long integers', identityGraph('int64', ['batch', 2]), undefined],
  ['truth values of fixed shape', identityGraph('bool', [2, 2]), undefined],
  ['a number of columns that only a run shows', productGraph(8), undefined],
])('the OpenAPI document of a model with %s', (_, graph, signatureFile) => {
  it('has examples that its schemas and the server accept, and schemas of the responses', async () => {
    const { url, post } = await startGraph(graph, {}, signatureFile);
    const document = openApi.parse(await (await fetch(`${url}/openapi.json`)).json());
    // OpenAPI's formats and the keyword "example" are not part of JSON Schema.
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const route of ['/predict', '/invocations', '/v2/models/model/infer']) {
      const operation = document.paths[route]?.post;
      const request = operation?.requestBody.content['application/json'];
      const takes = ajv.compile(request?.schema ?? false);
      expect([route, takes(request?.example), takes.errors]).toEqual([route, true, null]);
      const answer = await post(route, JSON.stringify(request?.example));
      expect([route, answer.status]).toEqual([route, 200]);
      const gives = ajv.compile(operation?.responses['200']?.content?.['application/json']?.schema ?? false);
      expect([route, gives(answer.json()), gives.errors]).toEqual([route, true, null]);
      const problem = await post(route, '{"features":null}');
      const isProblem = ajv.compile(document.components.schemas.Problem ?? false);
      expect([route, problem.status >= 400, isProblem(problem.json())]).toEqual([route, true, true]);
    }
  });
});

/** y = x · weights, whose interface leaves the columns of x open. */
function productGraph(columns: number): Graph {
  return {
    name: 'product',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', 'columns']) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch', 1]) }],
    initializers: [float32Initializer('weights', [columns, 1], new Array<number>(columns).fill(1))],
    nodes: [{ operator: 'MatMul', inputs: ['x', 'weights'], outputs: ['y'] }],
  };
}

describe('the OpenAPI document', () => {
  it.each([
    ['the model answers none', productGraph(1009)],
    ['one would be too long to be read', identityGraph('float32', ['batch', 3, 224, 224])],
  ])('has no example where %s', async (_, graph) => {
    const { url } = await startGraph(graph);
    const document = openApi.parse(await (await fetch(`${url}/openapi.json`)).json());
    for (const route of ['/predict', '/v2/models/model/infer']) {
      const { schema, example } = document.paths[route]?.post?.requestBody.content['application/json'] ?? {};
      expect([route, typeof schema, example]).toEqual([route, 'object', undefined]);
    }
    expect(await (await fetch(`${url}/docs`)).text()).toContain('The model answered no generated request');
  });

  it('has an example of integers that is not 0, as a model may divide by it', async () => {
    const range = { inputs: { x: { range: [-4, 4] } } };
    const { url } = await startGraph(identityGraph('int64', ['batch', 2]), {}, range);
    expect(await (await fetch(`${url}/openapi.json`)).text()).toContain('"example":{"features":[1,1]}');
  });

  it('has the descriptions of signature.json', async () => {
    const { url } = await startGraph(linearGraph(), { MODEL_NAME: 'boxes' }, { ...signature, version: '7' });
    const text = await (await fetch(`${url}/openapi.json`)).text();
    expect(openApi.parse(JSON.parse(text)).info).toEqual({
      title: 'ONNX inference: boxes',
      version: '7',
      description: 'Boxes',
    });
    expect(text).toContain('width, height, depth');
    expect(text).toContain('of a box in cm');
    expect(text).toContain('"/v2/models/boxes/infer"');
  });
});
