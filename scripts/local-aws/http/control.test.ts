import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../index.ts';
import { driveEndpoint, isSettled } from '../testing/endpoint-driver.ts';
import { createClients, createRelease, type Clients } from '../testing/fixtures.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
let aws: LocalAws;
let clients: Clients;
let endpoint: ReturnType<typeof driveEndpoint>;

beforeAll(async () => {
  const principals = { AKIADEPLOY: 'arn:aws:sts::123456789012:assumed-role/deploy/run' };
  aws = await startLocalAws({ logDirectory, launcher: { kind: 'fake' }, acceleration: 1000, principals });
  clients = createClients(aws);
  await createRelease(clients, 'one', aws.putManifestOnlyImage({ repository: 'echo', seed: 'one' }));
  endpoint = driveEndpoint(clients, 'controlled');
  await endpoint.create('one');
  await endpoint.until(isSettled);
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

beforeEach(() => {
  aws.faults.clear();
});

async function control(method: string, path: string, body?: unknown) {
  const response = await fetch(`${aws.url}/_local/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

describe('the control interface', () => {
  it('injects, lists and clears faults', async () => {
    const fault = {
      kind: 'api-error',
      operation: 'DescribeEndpoint',
      code: 'AccessDeniedException',
      message: 'no',
      times: 1,
    };
    expect(await control('POST', 'faults', fault)).toEqual({ status: 201, body: [fault] });
    await expect(endpoint.describe()).rejects.toMatchObject({ name: 'AccessDeniedException', message: 'no' });
    expect((await endpoint.describe()).EndpointStatus).toBe('InService');
    await control('POST', 'faults', { kind: 'stale-reads', milliseconds: 1 });
    expect((await control('DELETE', 'faults')).body).toEqual([]);
    expect((await control('GET', 'faults')).body).toEqual([]);
  });

  it('refuses an invalid fault with the reason', async () => {
    const { status, body } = await control('POST', 'faults', { kind: 'api-error', share: 2 });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(/code/);
    expect((await control('GET', 'faults')).body).toEqual([]);
  });

  it('shows calls and instances', async () => {
    await endpoint.describe();
    const calls = (await control('GET', 'calls')).body;
    expect(calls).toContainEqual(
      expect.objectContaining({ operation: 'DescribeEndpoint', input: { EndpointName: 'controlled' } }),
    );
    const instance = { variantName: 'primary', active: true, healthy: true };
    expect((await control('GET', 'endpoints')).body).toMatchObject([
      { name: 'controlled', fleets: [{ role: 'serving', configName: 'one', instances: [instance, instance] }] },
    ]);
  });

  it('puts an endpoint into SystemUpdating, once at a time', async () => {
    expect((await control('POST', 'endpoints/controlled/system-update', { seconds: 3600 })).status).toBe(202);
    expect((await endpoint.describe()).EndpointStatus).toBe('SystemUpdating');
    const second = await control('POST', 'endpoints/controlled/system-update', { seconds: 60 });
    expect(second).toMatchObject({ status: 400, body: { error: expect.stringContaining('SystemUpdating') as string } });
    await endpoint.until(isSettled);
  });

  it('returns 404 for an unknown path', async () => {
    expect((await control('GET', 'nothing')).status).toBe(404);
  });
});

describe('a call', () => {
  it('breaks its connection when that was injected, before it takes effect', async () => {
    aws.faults.inject({ kind: 'connection-reset', operation: 'DescribeEndpoint', times: 1 });
    const before = aws.calls.length;
    const target = { 'x-amz-target': 'SageMaker.DescribeEndpoint', 'content-type': 'application/x-amz-json-1.1' };
    const send = () => fetch(aws.url, { method: 'POST', headers: target, body: '{"EndpointName":"controlled"}' });
    await expect(send()).rejects.toThrow();
    expect(aws.calls).toHaveLength(before);
    expect((await send()).status).toBe(200);
  });

  it('is refused with a clear error when nothing emulates it', async () => {
    const headers = {
      'x-amz-target': 'SageMaker.CreateNotebookInstance',
      'content-type': 'application/x-amz-json-1.1',
    };
    const response = await fetch(aws.url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({
      __type: 'NotImplemented',
      message: expect.stringContaining('CreateNotebookInstance') as string,
    });
  });

  it.each([
    ['not JSON', '{', 'SerializationException'],
    ['of the wrong type', '{"EndpointName":7}', 'SerializationException'],
    ['without a required member', '{}', 'ValidationException'],
  ])('with a body %s is refused', async (_case, body, code) => {
    const headers = { 'x-amz-target': 'SageMaker.DescribeEndpoint', 'content-type': 'application/x-amz-json-1.1' };
    const response = await fetch(aws.url, { method: 'POST', headers, body });
    expect([response.status, ((await response.json()) as { __type: string }).__type]).toEqual([400, code]);
  });

  it('is recorded with the principal of its access key', async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIADEPLOY/20260131/${aws.region}/sts/aws4_request, SignedHeaders=host, Signature=0`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const text = await (await fetch(aws.url, { method: 'POST', headers, body })).text();
    expect(text).toContain('<Arn>arn:aws:sts::123456789012:assumed-role/deploy/run</Arn>');
    expect(aws.calls.at(-1)).toMatchObject({ service: 'sts', caller: { accessKeyId: 'AKIADEPLOY' } });
  });

  it('with an invocation over the limit is refused', async () => {
    const body = new Uint8Array(6_291_457);
    const response = await fetch(`${aws.url}/endpoints/controlled/invocations`, { method: 'POST', body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ Message: 'HTTP content length exceeded 6291456 bytes.' });
  });
});
