import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { describeWithTool } from '../../../../scripts/testing/tools.ts';
import { startMoto, type Moto } from '@sagemaker-gitops/local-aws/testing';
import { publishModel } from '../../operations/publish-model.ts';
import { createS3ModelObjects, createS3ModelStore } from './s3-model-store.ts';
import { readModelFolder } from '../checkout/model-folder.ts';
import { systemClock as clock } from '../system/system-clock.ts';

const run = promisify(execFile);
const region = 'eu-west-1';
const reporter = { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined };
vi.setConfig({ hookTimeout: 60_000 });

describeWithTool('moto', 'the model bucket', () => {
  let moto: Moto;
  let client: S3Client;
  let folder: string;

  beforeAll(async () => {
    moto = await startMoto(region);
    for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
    client = new S3Client({ region, forcePathStyle: true });
    await client.send(
      new CreateBucketCommand({ Bucket: 'models', CreateBucketConfiguration: { LocationConstraint: region } }),
    );
  });
  afterAll(async () => {
    client.destroy();
    vi.unstubAllEnvs();
    await moto.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'model-store-test-'));
    await mkdir(path.join(folder, 'weights'));
    await writeFile(path.join(folder, 'model.onnx'), 'graph');
    await writeFile(path.join(folder, 'weights/layer one.bin'), Buffer.alloc(3 * 2 ** 20, 7));
    await writeFile(path.join(folder, 'train.ts'), 'not a part of the model');
    await writeFile(path.join(folder, 'golden.json'), '{}');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const publish = async (prefix: string, bucket = 'models') =>
    await publishModel(
      {
        folder,
        files: await readModelFolder(folder),
        sourceOf: ({ path: relative }) => path.join(folder, relative),
      },
      prefix,
      createS3ModelStore({ bucket, region, clock }),
      reporter,
    );

  it('holds a published model with checksums, under the digest that coreutils compute', async () => {
    const { uri, digest, written } = await publish('first');
    expect(written).toBe(2);
    const list = "sha256sum -- model.onnx 'weights/layer one.bin' | sha256sum | cut -d' ' -f1";
    const { stdout } = await run('sh', ['-c', list], { cwd: folder });
    expect(digest).toBe(`sha256:${stdout.trim()}`);
    const head = await client.send(
      new HeadObjectCommand({
        Bucket: 'models',
        Key: `${uri.slice('s3://models/'.length)}weights/layer one.bin`,
        ChecksumMode: 'ENABLED',
      }),
    );
    expect(head).toMatchObject({ ContentLength: 3 * 2 ** 20, ChecksumSHA256: expect.any(String) as string });
  });

  it('takes a model that is there already, and writes nothing', async () => {
    const first = await publish('second');
    const before = moto.calls.length;
    expect(await publish('second')).toEqual({ ...first, written: 0 });
    expect(moto.calls.slice(before).filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('refuses another content of the same size under the digest', async () => {
    const { uri } = await publish('third');
    const Key = `${uri.slice('s3://models/'.length)}model.onnx`;
    await client.send(new PutObjectCommand({ Bucket: 'models', Key, Body: 'grapi' }));
    await expect(publish('third')).rejects.toThrow(/something else under the digest[^]*model\.onnx with the SHA-256/);
  });

  it('never overwrites, also when the list is older than the object', async () => {
    const store = createS3ModelStore({ bucket: 'models', region, clock });
    const [file] = await readModelFolder(folder);
    if (file === undefined) throw new Error('the folder holds a model');
    const source = path.join(folder, file.path);
    expect(await store.putOnce('once/model.onnx', file, source)).toBe('written');
    expect(await store.putOnce('once/model.onnx', file, source)).toBe('exists');
  });

  it('describes the objects by the checksums that S3 keeps, and reads none of them', async () => {
    const { uri } = await publish('fourth');
    const before = moto.calls.length;
    const objects = await createS3ModelObjects({ region }).read(uri);
    expect(objects).toEqual(await readModelFolder(folder));
    const made = moto.calls.slice(before).map(({ method }) => method);
    expect(made.sort()).toEqual(['GET', 'HEAD', 'HEAD']);
  });

  it('says which bucket is missing, and what makes it', async () => {
    await expect(publish('', 'elsewhere')).rejects.toThrow(
      /ListObjectsV2 failed[^]*s3:\/\/elsewhere[^]*NoSuchBucket[^]*terraform\/bootstrap/,
    );
  });
});
