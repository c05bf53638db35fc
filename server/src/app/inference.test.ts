import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpy, parseZip, renderNpy } from '../testing/numpy-files.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { sample } from '../testing/use-test-servers.ts';

describe('the server with the sample model', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(sample, { RELEASE_ID: '0123456789ab' });
  });
  afterAll(async () => await server.drain());

  it('answers a request with the release id', async () => {
    const { post } = server;
    const answer = await post('/predict', '{"features":[1.2,3.4,5.6]}');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-amzn-sagemaker-custom-attributes')).toMatch(
      /^release-id=0123456789ab;model-digest=sha256:[0-9a-f]{64}$/,
    );
    expect(answer.json()).toEqual({ prediction: [expect.closeTo(4.8, 1)] });
  });

  it('echoes custom attributes, request id and trace context', async () => {
    const { post } = server;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await post('/invocations', '{"features":[1,2,3]}', {
      'content-type': 'application/json',
      'x-amzn-sagemaker-custom-attributes': `trace=${'x'.repeat(1100)}`,
      'x-request-id': 'caller-7',
      traceparent,
    });
    const attributes = headers.get('x-amzn-sagemaker-custom-attributes');
    expect(attributes).toHaveLength(1024);
    expect(attributes).toMatch(/^release-id=0123456789ab;model-digest=sha256:[0-9a-f]{64};trace=x+$/);
    expect(headers.get('x-request-id')).toBe('caller-7');
    expect(headers.get('traceparent')).toBe(traceparent);
  });

  it('converts every request format to every response format', async () => {
    const { post } = server;
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
    ['an unknown encoding', 'x', { 'content-encoding': 'br' }, 415, 'Content-Encoding'],
    ['a body that is not what its encoding says', 'x', { 'content-encoding': 'gzip' }, 400, 'not valid gzip'],
    ['an Accept that nothing satisfies', '{"features":[1,2,3]}', { accept: 'image/png' }, 406, 'allows none of'],
    [
      'a binary body without its header length',
      'x',
      { 'content-type': 'application/octet-stream' },
      400,
      'Inference-Header-Content-Length',
    ],
  ])('refuses %s', async (_, body, headers, status, detail) => {
    const { post } = server;
    const answer = await post('/invocations', body, { 'content-type': 'application/json', ...headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status, detail: expect.stringContaining(detail) as string });
  });

  it('returns 404 for unknown paths and models, and 405 with the allowed methods', async () => {
    const { url } = server;
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    const wrong = await fetch(`${url}/predict`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${url}/v2/models/other`)).status).toBe(404);
  });
});
