import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { renderNpy, parseNpy } from './codecs/npy.ts';
import { parseZip } from './codecs/npz.ts';
import {
  batchMixingGraph,
  identityGraph,
  linearGraph,
  lookupGraph,
  twoColumnGraph,
  writeModelFolder,
  zipMapGraph,
  type ModelFolder,
} from './testing/small-models.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';
import type { Graph } from '../model/onnx-writer.ts';

const sample = path.resolve(import.meta.dirname, '../model');
const placements = ['inline', 'workers'] as const;

let server: TestServer | undefined;
let folder: ModelFolder | undefined;

afterEach(async () => {
  await server?.drain();
  folder?.remove();
  server = undefined;
  folder = undefined;
});

async function start(directory: string, environment: Record<string, string> = {}): Promise<TestServer> {
  server = await startTestServer(directory, environment);
  return server;
}

async function startGraph(
  graph: Graph,
  environment: Record<string, string> = {},
  signature?: object,
): Promise<TestServer> {
  folder = writeModelFolder(graph, signature);
  return await start(folder.directory, environment);
}

describe('the server with the sample model', () => {
  it('answers the request of the blog design with the release that served it', async () => {
    const { post } = await start(sample, { RELEASE_ID: '0123456789ab' });
    const answer = await post('/predict', '{"features":[1.2,3.4,5.6]}');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('release-id=0123456789ab');
    expect(answer.json()).toEqual({ prediction: [expect.closeTo(4.8, 1)] });
  });

  it('echoes custom attributes, request id and trace context', async () => {
    const { post } = await start(sample, { RELEASE_ID: 'r1' });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await post('/invocations', '{"features":[1,2,3]}', {
      'content-type': 'application/json',
      'x-amzn-sagemaker-custom-attributes': `trace=${'x'.repeat(1100)}`,
      'x-request-id': 'caller-7',
      traceparent,
    });
    const attributes = headers.get('x-amzn-sagemaker-custom-attributes');
    expect(attributes).toHaveLength(1024);
    expect(attributes).toMatch(/^release-id=r1;trace=x+$/);
    expect(headers.get('x-request-id')).toBe('caller-7');
    expect(headers.get('traceparent')).toBe(traceparent);
  });

  it('answers every format in every other', async () => {
    const { post } = await start(sample);
    const bodies: [string, string | Uint8Array][] = [
      ['application/json', '{"features":[[1,2,3],[4,5,6]]}'],
      ['application/json', '{"instances":[[1,2,3],[4,5,6]]}'],
      ['application/json', '{"instances":[{"features":[1,2,3]},{"features":[4,5,6]}]}'],
      ['application/json', '{"inputs":[{"name":"features","shape":[2,3],"datatype":"FP32","data":[1,2,3,4,5,6]}]}'],
      ['application/jsonlines', '[1,2,3]\n[4,5,6]\n'],
      ['text/csv', '1,2,3\n4,5,6\n'],
      ['application/x-npy', renderNpy({ type: 'float64', shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) })],
    ];
    const readers: Record<string, (bytes: Buffer) => unknown> = {
      'application/json': (bytes) => Object.values(JSON.parse(bytes.toString()) as Record<string, unknown>).at(-1),
      'application/jsonlines': (bytes) =>
        bytes
          .toString()
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { prediction: number }).prediction),
      'text/csv': (bytes) => bytes.toString().trim().split('\n').map(Number),
      'application/x-npy': (bytes) => [...parseNpy(bytes).data],
      'application/x-npz': (bytes) => [...parseNpy(parseZip(bytes, 1000)[0]?.content ?? bytes).data],
    };
    for (const [contentType, body] of bodies) {
      for (const [accept, read] of Object.entries(readers)) {
        const answer = await post('/invocations', body, { 'content-type': contentType, accept });
        expect([contentType, accept, answer.status]).toEqual([contentType, accept, 200]);
        const values = read(answer.bytes);
        const data =
          Array.isArray(values) && typeof values[0] === 'object' ? (values[0] as { data: unknown }).data : values;
        expect(data).toEqual([expect.closeTo(4.5, 1), expect.closeTo(9, 1)]);
      }
    }
  });

  it.each([
    ['malformed JSON', '{"features":[1,2,', {}, 400, 'not valid JSON'],
    ['NaN as a bare word', '{"features":[1,NaN,3]}', {}, 400, '"NaN", "Infinity", "-Infinity"'],
    ['an empty body', '', {}, 400, 'the body is empty'],
    ['bytes that are not UTF-8', Buffer.from('{"features":["\xff"]}', 'latin1'), {}, 400, 'not valid UTF-8'],
    ['a column too few', '{"features":[[1,2,3],[1,2]]}', {}, 422, 'body.features[1]'],
    ['an unknown field', '{"features":[1,2,3],"constructor":1}', {}, 422, 'field "constructor" is not expected'],
    ['a prototype key', '{"__proto__":{"features":[1,2,3]}}', {}, 422, 'there is no input "__proto__"'],
    ['an unknown content type', '<a/>', { 'content-type': 'application/xml' }, 415, 'is not understood'],
    ['a compressed body', 'x', { 'content-encoding': 'gzip' }, 415, 'Content-Encoding'],
    ['an Accept that nothing satisfies', '{"features":[1,2,3]}', { accept: 'image/png' }, 406, 'allows none of'],
    [
      'a binary body without its header length',
      'x',
      { 'content-type': 'application/octet-stream' },
      400,
      'Inference-Header-Content-Length',
    ],
  ])('refuses %s', async (_, body, headers, status, detail) => {
    const { post } = await start(sample);
    const answer = await post('/invocations', body, { 'content-type': 'application/json', ...headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status, detail: expect.stringContaining(detail) as string });
  });

  it('says 404 and 405 for what is not there, with what is allowed', async () => {
    const { url } = await start(sample);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    const wrong = await fetch(`${url}/predict`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${url}/v2/models/other`)).status).toBe(404);
  });

  it('counts requests and runs in its metrics', async () => {
    const { url, post } = await start(sample);
    await post('/predict', '{"features":[1,2,3]}');
    await post('/predict', '{"features":[1,2]}');
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('http_requests_total{route="/predict",status="200"} 1\n');
    expect(text).toContain('http_requests_total{route="/predict",status="422"} 1\n');
    expect(text).toContain('inference_run_rows_sum{model="model"} 1\n');
  });

  it('logs failed requests with their ids and never a payload unless asked', async () => {
    const quiet = await start(sample);
    const headers = {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'i-1',
      'x-request-id': 'q-1',
    };
    await quiet.post('/invocations', '{"features":["secret"]}', headers);
    const line = quiet.log().find(({ message }) => message === 'request');
    expect(line).toMatchObject({ route: '/invocations', status: 422, requestId: 'q-1', inferenceId: 'i-1' });
    expect(line).not.toHaveProperty('payload');
    await quiet.drain();
    const verbose = await start(sample, { LOG_PAYLOADS: 'true', LOG_REQUESTS: 'all' });
    await verbose.post('/invocations', '{"features":[1,2,3]}', headers);
    expect(verbose.log().find(({ message }) => message === 'request')).toMatchObject({
      payload: '{"features":[1,2,3]}',
    });
  });
});

describe('bodies over the limit', () => {
  it('are refused by their length before they are sent', async () => {
    const { port } = await start(sample, { MAX_BODY_MIB: '0.01' });
    const head =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n';
    const answer = await exchange(port, head + '{');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('raise MAX_BODY_MIB');
  });

  it('are refused while they arrive in chunks without end', async () => {
    const { port } = await start(sample, { MAX_BODY_MIB: '0.01' });
    const head = 'POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    expect(await exchange(port, head + chunk.repeat(3))).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('do not get the 100 Continue that they wait for', async () => {
    const { port } = await start(sample, { MAX_BODY_MIB: '0.01' });
    const head = 'POST /predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20000\r\n\r\n';
    expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

/** Sends raw bytes and gives what comes back until the head and a full body line have come or the connection ends. */
async function exchange(port: number, request: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (!/\r\n\r\n.*\}/s.test(text)) return;
      socket.destroy();
      resolve(text);
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

describe.each(placements)('a model placed %s', (placement) => {
  it('answers the same as inline and says where it runs', async () => {
    const { url, post } = await startGraph(linearGraph(), { PLACEMENT: placement, WORKER_THREADS: '2' });
    expect((await post('/predict', '{"features":[[1,1,1],[2,0,0]]}')).text).toBe('{"prediction":[[6,-0.25],[2,-2]]}');
    const metadata = (await (await fetch(`${url}/v2/models/model`)).json()) as { properties: unknown };
    expect(metadata.properties).toMatchObject({ placement, batching: 'on', batchTolerance: '0.00001' });
  });

  it('gives every concurrent caller the answer to its own rows', async () => {
    const { post } = await startGraph(linearGraph(), {
      PLACEMENT: placement,
      WORKER_THREADS: '2',
      MAX_BATCH_ROWS: '16',
    });
    const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
    const request = fc.array(fc.tuple(float, float, float), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 24 }), async (requests) => {
        const answers = await Promise.all(
          requests.map(async (features) => await post('/predict', JSON.stringify({ features }))),
        );
        for (const [index, rows] of requests.entries()) {
          const { prediction } = answers[index]?.json() as { prediction: number[][] };
          expect(prediction).toHaveLength(rows.length);
          for (const [row, [a, b, c]] of rows.entries()) {
            expect(prediction[row]?.[0]).toBeCloseTo(a + 2 * b + 3 * c, 1);
            expect(prediction[row]?.[1]).toBeCloseTo(-a + b / 2 + c / 4, 1);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('fails only the request whose row the model refuses', async () => {
    const { post } = await startGraph(lookupGraph(), { PLACEMENT: placement, WORKER_THREADS: '1' });
    const indices = Array.from({ length: 40 }, (_, index) => (index === 17 ? 99 : index % 4));
    const answers = await Promise.all(
      indices.map(async (index) => await post('/predict', JSON.stringify({ features: [index] }))),
    );
    for (const [position, answer] of answers.entries()) {
      const index = indices[position] ?? 0;
      if (index === 99) {
        expect(answer.status).toBe(400);
        expect(answer.text).toContain('the model could not run on these inputs');
      } else expect([answer.status, answer.json()]).toEqual([200, { prediction: [10 + index] }]);
    }
  });

  it('ends what is under way when it is drained, and refuses what comes after', async () => {
    const running = await startGraph(linearGraph(), { PLACEMENT: placement, WORKER_THREADS: '1' });
    const requests = Array.from(
      { length: 32 },
      async (_, index) => await running.post('/predict', `{"features":[${index},0,0]}`),
    );
    const answers = await Promise.all(requests);
    const draining = running.drain();
    server = undefined;
    expect(answers.map(({ status }) => status)).toEqual(Array(32).fill(200));
    await draining;
    await expect(running.post('/predict', '{"features":[1,2,3]}')).rejects.toThrow();
    expect(running.log().at(-1)).toMatchObject({ message: 'stopped' });
  });
});

describe('models of other kinds', () => {
  it('are not batched where their rows depend on each other', async () => {
    const { url, post } = await startGraph(batchMixingGraph());
    const answers = await Promise.all(
      [1, 2, 3].map(async (x) => await post('/predict', `{"features":[${x},${x},${x}]}`)),
    );
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('{"prediction":[0,0,0]}'));
    const { properties } = (await (await fetch(`${url}/v2/models/model`)).json()) as {
      properties: { batchingReason: string };
    };
    expect(properties.batchingReason).toContain('do not agree');
  });

  it('take several inputs by name, as columns, records, CSV and tensors', async () => {
    const { post } = await startGraph(twoColumnGraph());
    const expected = { predictions: [[30], [41.5]] };
    const bodies: [string, string][] = [
      ['application/json', '{"instances":[{"age":30,"city":"A"},{"age":41.5,"city":"B"}]}'],
      ['application/json', '{"dataframe_split":{"columns":["city","age"],"data":[["A",30],["B",41.5]]}}'],
      ['text/csv', 'city,age\nA,30\nB,41.5\n'],
      ['application/jsonlines', '{"age":30,"city":"A"}\n{"age":41.5,"city":"B"}\n'],
    ];
    for (const [contentType, body] of bodies) {
      const answer = await post('/invocations', body, { 'content-type': contentType, accept: 'application/json' });
      expect(answer.json()).toEqual(expected);
    }
    const columns = await post('/predict', '{"age":[30,41.5],"city":["A","B"]}');
    expect(columns.json()).toEqual({ prediction: [[30], [41.5]] });
    const missing = await post('/predict', '{"age":30}');
    expect([missing.status, missing.text]).toEqual([422, expect.stringContaining('input \\"city\\" is missing')]);
  });

  it('carry integers beyond 2^53, and scalars, without loss', async () => {
    const { post } = await startGraph(identityGraph('int64', ['batch']));
    expect((await post('/predict', '{"features":[9007199254740993,-9223372036854775808]}')).text).toBe(
      '{"prediction":[9007199254740993,-9223372036854775808]}',
    );
  });

  it('hold values to the limits of signature.json and name row, column and unit', async () => {
    const signature = {
      inputs: { x: { columns: ['width', 'height', 'depth'], units: { height: 'cm' }, ranges: { height: [0, 10] } } },
      example: { x: [[1, 2, 3]] },
    };
    const { post } = await startGraph(linearGraph(), {}, signature);
    const answer = await post('/predict', '{"features":[[1,2,3],[4,11,6]]}');
    expect(answer.json()).toMatchObject({
      status: 422,
      detail: 'x[1].height: input "x" row 1, column 1 ("height") must be from 0 to 10 cm, got 11',
      errors: [{ loc: ['x', 1, 'height'], type: 'limit' }],
    });
    expect((await post('/predict', '{"height":1,"depth":1,"width":1}')).text).toBe('{"prediction":[6,-0.25]}');
  });
});

describe('protocol v2', () => {
  it('takes and gives tensors in binary', async () => {
    const { post } = await startGraph(linearGraph());
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
  ])('refuses with 400 an input with %j', async (change, message) => {
    const { post } = await startGraph(linearGraph());
    const input = { name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3], ...change };
    const answer = await post('/v2/models/model/infer', JSON.stringify({ inputs: [input] }));
    expect([answer.status, answer.json()['error']]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('several models', () => {
  it('are loaded, listed, invoked and unloaded with the codes of SageMaker', async () => {
    const linear = writeModelFolder(linearGraph());
    const lookup = writeModelFolder(lookupGraph());
    try {
      const { url, post } = await start(sample, { SAGEMAKER_MULTI_MODEL: 'true' });
      const load = async (name: string, directory: string): Promise<number> =>
        (await post('/models', JSON.stringify({ model_name: name, url: directory }))).status;
      expect((await fetch(`${url}/ping`)).status).toBe(200);
      expect((await post('/models/a/invoke', '{"features":[1,1,1]}')).status).toBe(404);
      expect(await load('a', linear.directory)).toBe(200);
      expect(await load('a', linear.directory)).toBe(409);
      expect(await load('b', lookup.directory)).toBe(200);
      expect(await load('c', '/nowhere')).toBe(404);
      expect((await post('/models/a/invoke', '{"features":[1,1,1]}')).text).toBe('{"prediction":[6,-0.25]}');
      const target = { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': 'b' };
      expect((await post('/invocations', '{"features":[2]}', target)).text).toBe('{"prediction":[12]}');
      expect(await (await fetch(`${url}/models?limit=1`)).json()).toEqual({
        models: [{ modelName: 'a', modelUrl: linear.directory }],
        nextPageToken: '1',
      });
      expect((await fetch(`${url}/models/a`, { method: 'DELETE' })).status).toBe(200);
      expect((await fetch(`${url}/models/a`, { method: 'DELETE' })).status).toBe(404);
      expect((await fetch(`${url}/models/a`)).status).toBe(404);
    } finally {
      linear.remove();
      lookup.remove();
    }
  });

  it('are refused with 507 where the memory is used up', async () => {
    const big: Graph = identityGraph('float32', ['batch']);
    folder = writeModelFolder({ ...big, name: 'x'.repeat(2 * 1024 * 1024) });
    const { post } = await start(sample, { SAGEMAKER_MULTI_MODEL: 'true', MODEL_MEMORY_MIB: '3' });
    const load = async (name: string): Promise<number> =>
      (await post('/models', JSON.stringify({ model_name: name, url: folder?.directory }))).status;
    expect([await load('a'), await load('b')]).toEqual([200, 507]);
  });
});

describe.each(placements)('the optimised graph of a model placed %s', (placement) => {
  it('is kept between starts, and a damaged one does no harm', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'optimized-'));
    try {
      const environment = { OPTIMIZED_MODEL_DIR: cache, PLACEMENT: placement, WORKER_THREADS: '2' };
      for (const state of ['missing', 'kept', 'damaged']) {
        if (state === 'damaged')
          for (const file of readdirSync(cache)) writeFileSync(path.join(cache, file), 'damaged');
        const { post, drain, log } = await start(sample, environment);
        expect((await post('/predict', '{"features":[1.2,3.4,5.6]}')).json()).toEqual({
          prediction: [expect.closeTo(4.8, 1)],
        });
        await drain();
        expect(readdirSync(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}-\w+-\w+\.onnx$/)]);
        const warnings = log().filter(({ level }) => level === 'warn');
        expect(warnings).toHaveLength(state === 'damaged' ? 1 : 0);
      }
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

describe('a model that cannot be served', () => {
  it('stops the start with its reason', async () => {
    const { graph, options } = zipMapGraph();
    folder = writeModelFolder(graph, undefined, options);
    await expect(startTestServer(folder.directory)).rejects.toThrow(
      'output "probabilities" is a sequence, map or optional',
    );
    await expect(startTestServer('/nowhere')).rejects.toThrow('MODEL_DIR /nowhere does not exist');
  });
});
