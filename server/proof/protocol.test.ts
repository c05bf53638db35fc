import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import { send, sendJson } from '../src/testing/http-client.ts';
import type { ServerProcess } from '../src/testing/server-process.ts';

// The messages of the Open Inference Protocol, version 2, for REST:
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
const tensorData: z.ZodType = z.lazy(() => z.array(z.union([z.number(), z.string(), z.boolean(), tensorData])));
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const datatype = z.enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
]);
const shape = z.array(z.int());
const serverMetadata = z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
const tensorMetadata = z.strictObject({ name: z.string(), datatype, shape });
const modelMetadata = z.strictObject({
  name: z.string(),
  versions: z.array(z.string()).optional(),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
  properties: z.record(z.string(), z.string()).optional(),
});
const inferenceResponse = z.strictObject({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string().optional(),
  parameters: parameters.optional(),
  outputs: z.array(
    z.strictObject({ name: z.string(), shape, datatype, parameters: parameters.optional(), data: tensorData }),
  ),
});
const errorResponse = z.looseObject({ error: z.string().min(1) });

let fresh: FreshServer;
let server: ServerProcess;
beforeAll(async () => {
  fresh = await buildFreshServer();
  server = await fresh.start({ environment: { MODEL_NAME: 'linear' } });
});
afterAll(async () => {
  await server.stop();
  await fresh.remove();
});

const request = {
  id: '42',
  inputs: [{ name: 'features', shape: [2, 3], datatype: 'FP32', data: [1.2, 3.4, 5.6, 0, 0, 4] }],
};

describe('the Open Inference Protocol', () => {
  it.each(['/v2/health/live', '/v2/health/ready', '/v2/models/linear/ready', '/v2/models/linear/versions/1/ready'])(
    'answers 200 on %s',
    async (path) => {
      expect((await send(server.url, { path })).status).toBe(200);
    },
  );

  it.each([
    ['/v2', serverMetadata],
    ['/v2/models/linear', modelMetadata],
    ['/v2/models/linear/versions/1', modelMetadata],
  ])('describes itself on %s as the protocol says', async (path, schema) => {
    const { status, json } = await sendJson(server.url, path, undefined);
    expect(status).toBe(200);
    expect(schema.safeParse(json).error?.issues ?? []).toEqual([]);
  });

  it('names inputs and outputs with -1 for dimensions that vary', async () => {
    const { json } = await sendJson(server.url, '/v2/models/linear', undefined);
    expect(modelMetadata.parse(json)).toMatchObject({
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 3] }],
      outputs: [{ name: 'prediction', datatype: 'FP32', shape: [-1] }],
    });
  });

  it.each(['/v2/models/linear/infer', '/v2/models/linear/versions/1/infer', '/invocations'])(
    'infers on %s as the protocol says',
    async (path) => {
      const { status, json } = await sendJson(server.url, path, request);
      expect(status).toBe(200);
      const answer = inferenceResponse.parse(json);
      expect(answer).toMatchObject({
        model_name: 'linear',
        id: '42',
        outputs: [{ name: 'prediction', datatype: 'FP32', shape: [2] }],
      });
      expect(answer.outputs[0]?.data).toEqual([expect.closeTo(4.7978, 3), expect.closeTo(4.9985, 3)]);
    },
  );

  it.each([
    ['an unknown model', '/v2/models/other/infer', request],
    ['an unknown version', '/v2/models/linear/versions/9/infer', request],
    ['no inputs', '/v2/models/linear/infer', { id: '1' }],
    ['an unknown input', '/v2/models/linear/infer', { inputs: [{ ...request.inputs[0], name: 'other' }] }],
    ['another datatype', '/v2/models/linear/infer', { inputs: [{ ...request.inputs[0], datatype: 'INT64' }] }],
    [
      'a shape that its data do not fill',
      '/v2/models/linear/infer',
      { inputs: [{ ...request.inputs[0], shape: [3, 3] }] },
    ],
    ['an unknown output', '/v2/models/linear/infer', { ...request, outputs: [{ name: 'other' }] }],
  ])('answers %s with an error as the protocol says', async (_, path, body) => {
    const { status, json } = await sendJson(server.url, path, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(errorResponse.safeParse(json).error?.issues ?? []).toEqual([]);
  });

  it('answers binary tensors with the header length that it announces', async () => {
    const floats = Buffer.from(Float32Array.of(1.2, 3.4, 5.6).buffer);
    const header = Buffer.from(
      JSON.stringify({
        inputs: [
          { name: 'features', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: floats.length } },
        ],
        outputs: [{ name: 'prediction', parameters: { binary_data: true } }],
      }),
    );
    const { status, headers, body } = await send(server.url, {
      path: '/v2/models/linear/infer',
      body: Buffer.concat([header, floats]),
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    });
    expect(status).toBe(200);
    const length = Number(headers['inference-header-content-length']);
    expect(JSON.parse(body.subarray(0, length).toString())).toMatchObject({
      model_name: 'linear',
      outputs: [{ name: 'prediction', shape: [1], datatype: 'FP32', parameters: { binary_data_size: 4 } }],
    });
    expect(body.subarray(length)).toHaveLength(4);
    expect(body.readFloatLE(length)).toBeCloseTo(4.7978, 3);
  });
});
