import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { sample } from '../testing/use-test-servers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(sample, { RELEASE_ID: 'r1' });
});
afterAll(async () => await server.drain());

/** Sends pieces, one shortly after the other, and gives all that comes back until the end. */
async function converse(...pieces: readonly (string | Buffer)[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true }, () => {
      pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index * 30));
    });
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (/x-request-id: last[^{]*\{.*\}$/s.test(text)) socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

function request(url: string, headers: Readonly<Record<string, string>>, body: string | Buffer): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  const head = `POST ${url} HTTP/1.1\r\nHost: x\r\nX-Request-Id: q-1\r\n${lines.join('')}Content-Length: ${length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

const end = 'GET /end HTTP/1.1\r\nHost: x\r\nX-Request-Id: last\r\n\r\n';
const json = { 'Content-Type': 'application/json' };
const sound = request('/predict', json, '{"features":[1.2,3.4,5.6]}');

function withoutDates(text: string): string {
  return text.replaceAll(/^(Date: ).*$/gm, '$1…');
}

describe('a request that comes whole', () => {
  it.each([
    ['an answer', sound],
    ['an answer in binary', request('/invocations', { ...json, Accept: 'application/x-npy' }, '{"features":[1,2,3]}')],
    ['another route', request('/v2/models/model/infer', json, '{"inputs":[]}')],
    ['a query', request('/predict?a=b', json, '{"features":[1,2,3]}')],
    ['words beyond ASCII', request('/predict', json, '{"größe":1}')],
    ['attributes', request('/predict', { ...json, 'X-Amzn-SageMaker-Custom-Attributes': 'a=b' }, '{}')],
    ['a wrong type', request('/predict', { 'Content-Type': 'a/b' }, 'x')],
    ['no body', request('/predict', json, '')],
    ['an unknown model', request('/v2/models/other/infer', json, '{}')],
    ['a route that is no inference', request('/models', json, '{}')],
  ])('is answered as one that comes in two pieces: %s', async (_, bytes) => {
    const whole = await converse(bytes, end);
    const pieces = await converse(bytes.subarray(0, 40), bytes.subarray(40), end);
    expect(withoutDates(whole)).toBe(withoutDates(pieces));
    expect(whole).toMatch(/x-request-id: q-1.*x-request-id: last/s);
  });

  it('is answered in its turn among others on its connection, pipelined or not', async () => {
    const statuses = (text: string): string[] =>
      [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '');
    const wrong = request('/predict', json, '{"features":[1]}');
    const ping = 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(statuses(await converse(Buffer.concat([sound, wrong, sound]), end))).toEqual(['200', '422', '200', '404']);
    expect(statuses(await converse(sound, ping, wrong, sound, end))).toEqual(['200', '200', '422', '200', '404']);
    const half = sound.subarray(0, 60);
    expect(statuses(await converse(Buffer.concat([sound, half]), sound.subarray(60), end))).toEqual([
      '200',
      '200',
      '404',
    ]);
  });

  it('ends its connection where node:http would refuse it', async () => {
    const smuggled = request('/predict', { ...json, 'Transfer-Encoding': 'chunked' }, '{}');
    expect(await converse(smuggled)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close/);
    const spaced = sound.toString('latin1').replace('Host:', 'Host :');
    expect(await converse(spaced)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close/);
  });
});
