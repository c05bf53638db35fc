import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlainRequestReader, type PlainRequest } from './plain-request.ts';

const head =
  'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json \r\nX-A:\t1 2\r\nContent-Length: 4\r\n\r\n';
const read = createPlainRequestReader();
const parse = (text: string): PlainRequest | undefined => read(Buffer.from(text, 'latin1'));

describe('a plain request', () => {
  it('is read with its headers and body', () => {
    const request = parse(`${head}body`);
    expect(request?.url).toBe('/predict');
    expect(request?.headers).toEqual({
      host: 'x',
      'content-type': 'application/json',
      'x-a': '1 2',
      'content-length': '4',
    });
    expect(request?.body.toString()).toBe('body');
  });

  it('is read the same when its head is known', () => {
    for (const body of ['body', 'BODY', 'body and', 'bod', 'four']) {
      expect(parse(head + body)?.body.toString()).toBe(body.length === 4 ? body : undefined);
    }
  });

  it('may have any number of different heads', () => {
    for (let id = 0; id < 1000; id++) {
      expect(parse(`${head}body`.replace('1 2', `id-${id % 600}`))?.headers['x-a']).toBe(`id-${id % 600}`);
    }
  });

  it.each([
    ['with another method', `${head}body`.replace('POST', 'PUT')],
    ['of another version', `${head}body`.replace('1.1', '1.0')],
    ['for an absolute URL', `${head}body`.replace('/predict', 'http://x/predict')],
    ['without a host', `${head}body`.replace('Host: x\r\n', '')],
    ['without a length', `${head}body`.replace('Content-Length: 4\r\n', '')],
    ['with a header twice', `${head}body`.replace('Host', 'Host: x\r\nHost')],
    ['with two lengths', `${head}body`.replace('Content-Length', 'content-length: 4\r\nContent-Length')],
    ['with a list of lengths', `${head}body`.replace('Length: 4', 'Length: 4, 4')],
    ['with a signed length', `${head}body`.replace('Length: 4', 'Length: +4')],
    ['in chunks', `${head}body`.replace('Host', 'Transfer-Encoding: chunked\r\nHost')],
    ['that waits for 100 Continue', `${head}body`.replace('Host', 'Expect: 100-continue\r\nHost')],
    ['that asks for another protocol', `${head}body`.replace('Host', 'Upgrade: h2c\r\nHost')],
    ['that ends its connection', `${head}body`.replace('Host', 'Connection: close\r\nHost')],
    ['with a blank before the colon', `${head}body`.replace('Host:', 'Host :')],
    ['with a folded header', `${head}body`.replace('X-A:', 'X-B: 1\r\n 2\r\nX-A:')],
    ['with a bare line feed', `${head}body`.replace('Host: x\r\n', 'Host: x\n')],
    ['with a bare carriage return', `${head}body`.replace('Host: x\r\n', 'Host: x\r')],
    ['with a control character', `${head}body`.replace('Host: x', 'Host: x\0')],
    ['with characters beyond ASCII', `${head}body`.replace('Host: x', 'Host: \xfc')],
    ['with a head that never ends', head.slice(0, -2)],
    ['with a head of unusual length', `${head}body`.replace('X-A:', `X-A: ${'x'.repeat(9000)}`)],
    ['that has not come whole', `${head}bod`],
    ['with another behind it', `${head}bodyPOST`],
    ['that is empty', ''],
  ])('is none %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });
});

/** What node:http reads from bytes, one line of JSON for each request. */
interface Reading {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('what is taken for a plain request', () => {
  const readings: Reading[] = [];
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('latin1').on('data', (text: string) => (body += text));
    incoming.on('end', () => {
      readings.push({ url: incoming.url, headers: incoming.headers, body });
      outgoing.end();
    });
  });
  beforeAll(async () => await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends bytes on a connection of their own and gives what node:http made of them. */
  const readByNode = async (bytes: Buffer): Promise<readonly Reading[]> => {
    readings.length = 0;
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.once('data', () => socket.destroy());
      socket.once('error', () => undefined);
      socket.once('close', () => resolve());
    });
    return [...readings];
  };

  // Fragments from which both ordinary and odd heads arise; most combinations are no plain request.
  const fragment = fc.constantFrom(
    ...[
      'Accept: a/b\r\n',
      'X-Empty:\r\n',
      'X-Blank: \t v \t\r\n',
      'Connection: Keep-Alive\r\n',
      'Content-Length: 2\r\n',
    ],
    ...['Host: y\r\n', 'X-Colon: a:b\r\n', "a!#$%&'*+-.^_`|~9: x\r\n", 'Cookie: a=b; c\r\n', 'X-Tab: a\tb\r\n'],
    ...[
      'X-Nul: \0\r\n',
      'X-High: \x80\r\n',
      ' folded\r\n',
      'Bad Name: 1\r\n',
      '\r\n',
      '\n',
      '\r',
      ':',
      '__proto__: 1\r\n',
    ],
    ...[
      'Transfer-Encoding: chunked\r\n',
      'Keep-Alive: 5\r\n',
      'X-Quote: "a"\r\n',
      'HTTP/1.1',
      'Content-Length: 02\r\n',
    ],
  );

  it('is read the same by node:http', async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fragment, { maxLength: 5 }),
        fc.constantFrom('/predict', '/invocations?a=b', '/%00', '/ü', '/a b'),
        fc.constantFrom('ab', 'a', 'abc', '\r\n'),
        async (fragments, url, body) => {
          const text = `POST ${url} HTTP/1.1\r\nHost: x\r\n${fragments.join('')}Content-Length: 2\r\n\r\n${body}`;
          const bytes = Buffer.from(text.replace('Content-Length: 2\r\n', fragments.length % 2 ? '' : '$&'), 'latin1');
          const request = read(bytes);
          if (request === undefined) return;
          plain++;
          const expected = { url: request.url, headers: request.headers, body: request.body.toString('latin1') };
          expect(await readByNode(bytes)).toEqual([expected]);
        },
      ),
      { numRuns: 4000 },
    );
    expect(plain).toBeGreaterThan(50);
  });
});
