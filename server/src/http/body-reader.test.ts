import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sample, useTestServers } from '../testing/use-test-servers.ts';

const { start } = useTestServers();

describe('bodies over the limit', () => {
  it('are refused by their Content-Length', async () => {
    const { port } = await start(sample, { MAX_BODY_MIB: '0.01' });
    const head =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n';
    const answer = await exchange(port, head + '{');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('raise MAX_BODY_MIB');
  });

  it('are refused while they arrive in endless chunks', async () => {
    const { port } = await start(sample, { MAX_BODY_MIB: '0.01' });
    const head = 'POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    expect(await exchange(port, head + chunk.repeat(3))).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('get no 100 Continue', async () => {
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
