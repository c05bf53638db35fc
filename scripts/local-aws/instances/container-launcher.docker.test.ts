import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCommand } from '../testing/describe-with-command.ts';
import { startLocalAws, type LocalAws } from '../index.ts';
import { driveEndpoint, isSettled } from '../testing/endpoint-driver.ts';
import { createClients, createRelease, createRepository, pushEchoImage, type Clients } from '../testing/fixtures.ts';
import { ECHO_SERVER } from '../testing/echo-server.ts';
import { packNode } from '../testing/node-layer.ts';

const containers = () =>
  execFileSync('docker', ['ps', '--filter', `name=local-aws-${process.pid}-`, '--format', '{{.Names}}'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((name) => name !== '');

describeWithCommand('docker', 'instances in containers', () => {
  const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  let aws: LocalAws;
  let clients: Clients;

  beforeAll(async () => {
    aws = await startLocalAws({ logDirectory, launcher: 'container', acceleration: 60 });
    clients = createClients(aws);
    const access = await createRepository(clients, aws.url, 'echo');
    const layers = [packNode(), [{ path: 'opt/program/server.mjs', content: ECHO_SERVER }]];
    const entrypoint = ['/usr/local/bin/node', '/opt/program/server.mjs'];
    const image = `127.0.0.1:${aws.port}/echo@${await pushEchoImage(access, 'echo', 'v1', { layers, entrypoint })}`;
    await createRelease(clients, 'contained-1', image, { InitialInstanceCount: 1 });
    await createRelease(clients, 'contained-2', image, { InitialInstanceCount: 2 });
    await createRelease(
      clients,
      'contained-bad',
      image,
      { InitialInstanceCount: 1 },
      { NODE_OPTIONS: '--no-such-flag' },
    );
  }, 120_000);

  afterAll(async () => {
    await aws.close();
    rmSync(logDirectory, { recursive: true });
  });

  it('answer invocations, are swapped, log, and end with the local AWS', { timeout: 120_000 }, async () => {
    expect(aws.launcherKind).toBe('container');
    const endpoint = driveEndpoint(clients, 'contained');
    await endpoint.create('contained-1');
    await endpoint.until(isSettled);
    expect(await endpoint.invoke('hello')).toEqual({ text: 'hello', release: 'contained-1' });
    expect(containers()).toHaveLength(1);
    await endpoint.update('contained-2');
    await endpoint.until(isSettled);
    expect(await endpoint.invoke('hello')).toEqual({ text: 'hello', release: 'contained-2' });
    expect(containers()).toHaveLength(2);

    await endpoint.update('contained-bad');
    const state = await endpoint.until(isSettled);
    expect(state.EndpointConfigName).toBe('contained-2');
    expect(state.FailureReason).toContain('did not pass the ping health check');
    const logs = join(logDirectory, 'endpoints', 'contained', 'primary');
    const text = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
    expect(text.join()).toContain('--no-such-flag');
    await aws.close();
    expect(containers()).toEqual([]);
  });
});
