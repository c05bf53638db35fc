import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMoto, type Moto } from '../testing/moto.ts';
import { describeWithCommand } from '../testing/describe-with-command.ts';
import { startLocalAws, type LocalAws } from '../index.ts';
import { driveEndpoint, isSettled } from '../testing/endpoint-driver.ts';
import { createClients, createRelease, createRepository, type Clients } from '../testing/fixtures.ts';
import { pushImage } from '../registry/push-image.ts';

/** A server that answers with the file in its model folder. */
const READER = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const text = readFileSync(process.env.MODEL_DIR + '/weights/model.txt', 'utf8');
createServer((request, response) => response.end(text)).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), '127.0.0.1');
`;

describeWithCommand('moto_server', 'model data in S3', () => {
  const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  let moto: Moto;
  let aws: LocalAws;
  let clients: Clients;
  let image: string;

  /** Calls S3 through the local AWS, which forwards it to moto. */
  const s3 = async (method: 'PUT' | 'DELETE', path: string, body?: Buffer) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/20260131/${aws.region}/s3/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${aws.url}${path}`, {
      method,
      headers: { authorization },
      ...(body && { body: new Uint8Array(body) }),
    });
    expect(response.ok).toBe(true);
  };
  const put = async (path: string, body?: Buffer) => await s3('PUT', path, body);

  beforeAll(async () => {
    moto = await startMoto();
    aws = await startLocalAws({ logDirectory, launcher: 'process', motoUrl: moto.url, region: 'us-east-1' });
    clients = createClients(aws);
    const access = await createRepository(clients, aws.url, 'reader');
    const digest = await pushImage(access, 'reader', 'v1', {
      layers: [[{ path: 'opt/program/server.mjs', content: READER }]],
      environment: ['MODEL_DIR=/opt/ml/model'],
    });
    image = `127.0.0.1:${aws.port}/reader@${digest}`;
    await put('/models');
  });

  afterAll(async () => {
    await aws.close();
    await moto.close();
    rmSync(logDirectory, { recursive: true });
  });

  async function deploy(name: string, container: Parameters<typeof createRelease>[5]) {
    await createRelease(clients, name, image, { InitialInstanceCount: 1 }, {}, container);
    const endpoint = driveEndpoint(clients, name);
    await endpoint.create(name);
    return { endpoint, state: await endpoint.until(isSettled) };
  }

  const prefix = (S3Uri: string) => ({
    ModelDataSource: { S3DataSource: { S3Uri, S3DataType: 'S3Prefix' as const, CompressionType: 'None' as const } },
  });

  it('is fetched below a prefix and found at MODEL_DIR by the container', async () => {
    await put('/models/release%20a/weights/model.txt', Buffer.from('from a prefix'));
    const { endpoint } = await deploy('from-prefix', prefix('s3://models/release a/'));
    expect((await endpoint.invoke('')).text).toBe('from a prefix');
  });

  it('is unpacked from an archive', async () => {
    const archive = pack();
    archive.entry({ name: 'weights/model.txt' }, 'from an archive');
    archive.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) chunks.push(chunk as Uint8Array);
    await put('/models/model.tar.gz', gzipSync(Buffer.concat(chunks)));
    const { endpoint } = await deploy('from-archive', { ModelDataUrl: 's3://models/model.tar.gz' });
    expect((await endpoint.invoke('')).text).toBe('from an archive');
  });

  it('must be there when its model is created', async () => {
    await expect(deploy('missing', prefix('s3://models/nothing/'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Could not find model data at s3://models/nothing/.',
    });
  });

  it('fails the launch when it was deleted since', async () => {
    await put('/models/deleted/model.txt', Buffer.from('deleted'));
    await createRelease(clients, 'deleted', image, { InitialInstanceCount: 1 }, {}, prefix('s3://models/deleted/'));
    await s3('DELETE', '/models/deleted/model.txt');
    const endpoint = driveEndpoint(clients, 'deleted');
    await endpoint.create('deleted');
    const state = await endpoint.until(isSettled);
    expect(state.EndpointStatus).toBe('Failed');
    expect(state.FailureReason).toContain('Failed to download model data for container');
  });
});
