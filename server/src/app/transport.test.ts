import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { send } from '../testing/http-client.ts';
import { renderNpy } from '../testing/numpy-files.ts';
import { identityGraph, linearGraph } from '../testing/small-models.ts';
import { useTestServers } from '../testing/use-test-servers.ts';

const { startGraph } = useTestServers();
const json = { 'content-type': 'application/json' };
const path = '/invocations';

describe('compressed bodies', () => {
  it('are unpacked, with every name and case of their encoding', async () => {
    const { url } = await startGraph(linearGraph());
    const body = Buffer.from('{"features":[1,1,1]}');
    const bodies: [string, Buffer][] = [
      ['gzip', gzipSync(body)],
      ['GZIP', gzipSync(body)],
      ['x-gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
      ['identity, gzip', gzipSync(body)],
      ['deflate, gzip', gzipSync(deflateSync(body))],
      ['Identity', body],
      ['', body],
    ];
    for (const [encoding, packed] of bodies) {
      const answer = await send(url, { path, body: packed, headers: { ...json, 'content-encoding': encoding } });
      expect([encoding, answer.body.toString()]).toEqual([encoding, '{"prediction":[6,-0.25]}']);
    }
  });

  it('are refused if they are damaged, too large unpacked, or in another encoding', async () => {
    const { url } = await startGraph(linearGraph(), { MAX_BODY_MIB: '1' });
    const packed = gzipSync('{"features":[1,1,1]}');
    const bodies: [string, Buffer, number][] = [
      ['gzip', packed.subarray(0, 20), 400],
      ['gzip', Buffer.concat([packed, Buffer.from('more')]), 400],
      ['deflate', Buffer.concat([deflateSync('{"features":[1,1,1]}'), Buffer.from('more')]), 400],
      ['gzip', Buffer.alloc(0), 400],
      ['gzip', gzipSync(Buffer.alloc(1024 * 1024 + 1, ' ')), 413],
      ['deflate', deflateSync(Buffer.alloc(50 * 1024 * 1024)), 413],
      ['br', packed, 415],
      ['gzip, gzip, gzip', packed, 415],
    ];
    for (const [encoding, body, status] of bodies) {
      const answer = await send(url, { path, body, headers: { ...json, 'content-encoding': encoding } });
      expect([encoding, answer.status]).toEqual([encoding, status]);
    }
  });
});

describe('compressed answers', () => {
  it('are sent to those who accept them, unless they are short', async () => {
    const { url } = await startGraph(linearGraph());
    const rows = Array.from({ length: 20_000 }, () => [1, 1, 1]);
    const ask = async (accept: string, features: unknown): Promise<[string | undefined, Buffer]> => {
      const { headers, body } = await send(url, {
        path,
        body: JSON.stringify({ features }),
        headers: { ...json, 'accept-encoding': accept },
      });
      return [headers['content-encoding'], body];
    };
    const plain = (await ask('identity', rows))[1].toString();
    const [gzip, packed] = await ask('gzip, deflate', rows);
    expect([gzip, gunzipSync(packed).toString()]).toEqual(['gzip', plain]);
    const [deflate, deflated] = await ask('gzip;q=0.5, deflate', rows.slice(0, 1000));
    expect(deflate).toBe('deflate');
    expect(inflateSync(deflated).toString()).toMatch(/^\{"prediction":\[\[6,-0.25\]/);
    expect((await ask('gzip;q=0, identity', rows))[0]).toBeUndefined();
    expect((await ask('gzip', [1, 1, 1]))[0]).toBeUndefined();
    expect((await ask('gzip, identity;q=0', [1, 1, 1]))[0]).toBe('gzip');
  });
});

describe('answers', () => {
  it('to CSV have exactly its media type, and the count of records', async () => {
    const { url } = await startGraph(linearGraph());
    const headers = { 'content-type': 'text/csv; charset=utf-8' };
    const answer = await send(url, { path, body: '1,1,1\r\nNA,,0\r\n', headers });
    expect(answer.body.toString()).toBe('6,-0.25\nNaN,NaN\n');
    expect([answer.headers['content-type'], answer.headers['x-record-count']]).toEqual(['text/csv', '2']);
  });

  it('to a large body are the same as to its parts', async () => {
    const { url } = await startGraph(linearGraph());
    const rows = Array.from({ length: 60_000 }, (_, row) => `${row % 97},${row % 13}.5,-${row % 7}\n`);
    const ask = async (body: string): Promise<string> =>
      (await send(url, { path, body, headers: { 'content-type': 'text/csv' } })).body.toString();
    const parts = await Promise.all([ask(rows.slice(0, 7).join('')), ask(rows.slice(7, 20_000).join(''))]);
    expect((await ask(rows.slice(0, 20_000).join(''))) === parts.join('')).toBe(true);
    expect((await ask(rows.join(''))).split('\n')).toHaveLength(60_001);
  });
});

describe('texts that ONNX Runtime would change', () => {
  it('are refused in every format', async () => {
    const { post } = await startGraph(identityGraph('string', ['batch']));
    const octets = { 'content-type': 'application/octet-stream' };
    const v2 = (bytes: Buffer): [Buffer, Record<string, string>] => {
      const input = { name: 'x', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: bytes.length } };
      const header = Buffer.from(JSON.stringify({ inputs: [input] }));
      return [Buffer.concat([header, bytes]), { ...octets, 'inference-header-content-length': String(header.length) }];
    };
    const npy = renderNpy({ type: 'string', shape: [1], data: ['a\0b'] });
    const bodies: [string | Uint8Array, Record<string, string>][] = [
      ['{"features":["a\\u0000b"]}', json],
      ['{"features":["\\ud800"]}', json],
      ['a\0b\n', { 'content-type': 'text/csv' }],
      ['"a\\u0000"', { 'content-type': 'application/jsonlines' }],
      [npy, { 'content-type': 'application/x-npy' }],
      v2(Buffer.from('\x03\0\0\0a\0b', 'latin1')),
    ];
    for (const [body, headers] of bodies) {
      const answer = await post(path, body, headers);
      expect([headers['content-type'], answer.status, answer.text]).toEqual([
        headers['content-type'],
        422,
        expect.stringContaining('U+0000'),
      ]);
    }
    expect((await post(path, '{"features":["a b","ü🎈"]}')).json()).toEqual({ prediction: ['a b', 'ü🎈'] });
  });
});

describe('/ping', () => {
  it('is answered between the steps of a large body', async () => {
    const { url } = await startGraph(linearGraph());
    const body = `{"features":[${'[1.25,2.5,3.75],'.repeat(250_000)}[1,2,3]]}`;
    const order: string[] = [];
    const answer = send(url, { path, body, headers: json }).then(({ status }) => order.push(`answer ${status}`));
    for (let pings = 0; pings < 6; pings++) {
      expect((await send(url, { path: '/ping' })).status).toBe(200);
      order.push('ping');
    }
    await answer;
    expect(order.at(-1)).toBe('answer 200');
  });

  it('is not kept waiting by an answer in which each text takes as much as the longest', async () => {
    const { url } = await startGraph(identityGraph('string', ['batch']));
    const body = JSON.stringify({ features: ['a'.repeat(1000), ...Array<string>(100_000).fill('b')] });
    const answer = await send(url, { path, body, headers: { ...json, accept: 'application/x-npy' } });
    expect([answer.status, answer.body.toString()]).toEqual([
      406,
      expect.stringContaining('the 100001 texts take 382 MiB, as each takes as much as the longest'),
    ]);
  });

  it('is not kept waiting by a refusal that repeats a long name', async () => {
    const { url } = await startGraph(linearGraph());
    const answer = await send(url, { path, body: JSON.stringify({ ['a'.repeat(1_000_000)]: 1 }), headers: json });
    expect(answer.status).toBe(422);
    expect(answer.body.length).toBeLessThan(2000);
  });
});
