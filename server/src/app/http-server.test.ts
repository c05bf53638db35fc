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

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '');

describe('connections', () => {
  it('answer pipelined requests in their order', async () => {
    const wrong = request('/predict', json, '{"features":[1]}');
    const ping = 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(statuses(await converse(Buffer.concat([sound, wrong, sound]), end))).toEqual(['200', '422', '200', '404']);
    expect(statuses(await converse(sound, ping, wrong, sound, end))).toEqual(['200', '200', '422', '200', '404']);
  });

  it('answer a request that arrives in pieces behind a whole one', async () => {
    const half = sound.subarray(0, 60);
    const text = await converse(Buffer.concat([sound, half]), sound.subarray(60), end);
    expect(statuses(text)).toEqual(['200', '200', '404']);
    expect(text).toMatch(/x-request-id: q-1.*x-request-id: last/s);
  });

  it.each([
    ['a length beside chunks', request('/predict', { ...json, 'Transfer-Encoding': 'chunked' }, '{}')],
    ['two lengths', sound.toString('latin1').replace('Content-Length', 'Content-Length: 1\r\nContent-Length')],
    ['a blank before a colon', sound.toString('latin1').replace('Host:', 'Host :')],
  ])('end with 400 at a request with %s', async (_, bytes) => {
    expect(await converse(bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close/);
  });
});

describe('/ping', () => {
  it('answers GET and HEAD, and refuses other methods with 405', async () => {
    const { url } = server;
    const responses = await Promise.all([
      fetch(`${url}/ping`),
      fetch(`${url}/ping?verbose=true`),
      fetch(`${url}/ping`, { method: 'HEAD' }),
      fetch(`${url}/ping`, { method: 'POST', body: '{}' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 405]);
    expect(await responses[0].json()).toEqual({ status: 'ready' });
    expect(responses[3].headers.get('allow')).toBe('GET, HEAD');
  });
});
