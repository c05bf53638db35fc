import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linearGraph, writeModelFolder } from '../testing/small-models.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

describe('protocol v2', () => {
  const folder = writeModelFolder(linearGraph());
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(folder.directory);
  });
  afterAll(async () => {
    await server.drain();
    folder.remove();
  });

  it('reads and writes binary tensors', async () => {
    const { post } = server;
    const header = JSON.stringify({
      id: 'b1',
      inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: 12 } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    });
    const body = Buffer.concat([Buffer.from(header), Buffer.from(Float32Array.of(1, 1, 1).buffer)]);
    const answer = await post('/v2/models/model/versions/1/infer', body, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    });
    const length = Number(answer.headers.get('inference-header-content-length'));
    expect(JSON.parse(answer.bytes.subarray(0, length).toString())).toEqual({
      model_name: 'model',
      model_version: '1',
      id: 'b1',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
    });
    expect(new Float32Array(new Uint8Array(answer.bytes.subarray(length)).buffer)).toEqual(Float32Array.of(6, -0.25));
  });

  it.each([
    [{ datatype: 'FP64' }, 'has datatype FP32, got the string "FP64"'],
    [{ shape: [1, 4] }, 'has shape [batch, 3], got [1, 4]'],
    [{ shape: [1, -3] }, 'must be an integer from 0'],
    [{ shape: [1e9, 3] }, 'needs 3000000000 elements'],
    [{ name: 'z' }, 'there is no such input'],
    [{ data: { 0: 1 } }, 'must be a list, got an object'],
    [{ parameters: { binary_data_size: 12 }, data: undefined }, 'announces 12 binary bytes, but 0 follow'],
    [{ parameters: { binary_data_size: 12 } }, 'has both data and binary_data_size'],
    [{ parameters: { shared_memory_region: 'r', shared_memory_byte_size: 12 } }, '"shared_memory_region" is not'],
    [{ parameters: { content_type: 'base64' } }, '"content_type" is not supported'],
  ])('refuses with 400 an input with %j', async (change, message) => {
    const { post } = server;
    const input = { name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3], ...change };
    const answer = await post('/v2/models/model/infer', JSON.stringify({ inputs: [input] }));
    expect([answer.status, answer.json()['error']]).toEqual([400, expect.stringContaining(message)]);
  });

  it.each([
    [{ parameters: { classification: 2 } }, 'the parameter "classification" is not supported'],
    [{ parameters: { sequence_id: 7 } }, 'the parameter "sequence_id" is not supported'],
    [{ parameters: { timeout: 5 } }, 'the parameter "timeout" is not supported'],
    [{ parameters: { binary_data_output: 'yes' } }, 'must be true or false'],
    [{ output: [{ name: 'y' }] }, 'there is no field "output"'],
    [{ outputs: [{ name: 'y', parameters: { classification: 1 } }] }, '"classification" is not supported'],
    [
      { outputs: [{ name: 'y', parameters: { shared_memory_region: 'r' } }] },
      '"shared_memory_region" is not supported',
    ],
  ])('refuses what would change the answer: %j', async (change, message) => {
    const { post } = server;
    const inputs = [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] }];
    const answer = await post('/v2/models/model/infer', JSON.stringify({ inputs, ...change }));
    expect([answer.status, answer.json()['error']]).toEqual([400, expect.stringContaining(message)]);
  });

  it.each([8, 16, 0])('refuses a binary_data_size of %d that is not what the shape needs', async (size) => {
    const { post } = server;
    const input = { name: 'x', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: size } };
    const header = Buffer.from(JSON.stringify({ inputs: [input] }));
    const answer = await post('/v2/models/model/infer', Buffer.concat([header, Buffer.alloc(12)]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    });
    expect(answer.status).toBe(400);
  });

  it('takes the values of parameters that mean the same as none, and what curl -d sends', async () => {
    const { post } = server;
    const parameters = { sequence_id: 0, priority: 0, binary_data_output: false };
    const inputs = [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 1, 1] }];
    const answer = await post('/v2/models/model/infer', JSON.stringify({ inputs, parameters }), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.json()).toMatchObject({ outputs: [{ data: [6, -0.25] }] });
  });
});
