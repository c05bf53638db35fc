import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../index.ts';

const REGION = 'eu-west-1';
const Bucket = 'facts';

describe('S3 of the local AWS', () => {
  let aws: LocalAws;
  let folder: string;
  let client: S3Client;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 's3-test-'));
    aws = await startLocalAws({ logDirectory: folder, region: REGION });
    client = clientFor(REGION);
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  });
  afterEach(async () => {
    client.destroy();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  function clientFor(region: string): S3Client {
    return new S3Client({
      region,
      endpoint: aws.url,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIALOCALAWS00000001', secretAccessKey: 'local' },
    });
  }
  const put = async (Key: string, Body: string | Buffer, more: object = {}) =>
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

  it('gives back what was written, with its type and checksum', async () => {
    await put('a key/with ünicode & more', 'text', { ContentType: 'application/json', ChecksumAlgorithm: 'SHA256' });
    const found = await client.send(
      new GetObjectCommand({ Bucket, Key: 'a key/with ünicode & more', ChecksumMode: 'ENABLED' }),
    );
    expect(await found.Body?.transformToString()).toBe('text');
    expect(found.ContentType).toBe('application/json');
    expect(found.ChecksumSHA256).toBe(createHash('sha256').update('text').digest('base64'));
    expect(found.ChecksumType).toBe('FULL_OBJECT');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a key/with ünicode & more' }));
    expect(head.ContentLength).toBe(4);
  });

  it('takes a stream, which the SDK sends in chunks with a trailing checksum', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([bytes]), ContentLength: bytes.length }),
    );
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  });

  it('refuses a second object under a key when asked to, and keeps the first', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });
    await expect(put('once', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'once' }));
    expect(await found.Body?.transformToString()).toBe('first');
  });

  it('lets exactly one of many writers of a key through', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => put('race', String(index), { IfNoneMatch: '*' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses a body that does not have the checksum it names', async () => {
    await expect(put('bad', 'text', { ChecksumSHA256: Buffer.alloc(32).toString('base64') })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'bad' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('lists keys in order, page by page, and only those below a prefix', async () => {
    for (const index of [3, 1, 2, 5, 4]) await put(`list/${String(index)}`, 'x');
    await put('other', 'x');
    const keys: string[] = [];
    let pages = 0;
    for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Prefix: 'list/' })) {
      pages += 1;
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    }
    expect(keys).toEqual([1, 2, 3, 4, 5].map((index) => `list/${String(index)}`));
    expect(pages).toBe(3);
  });

  it('reads and writes under conditions', async () => {
    const { ETag } = await put('k', 'one');
    const get = async (more: object) => await client.send(new GetObjectCommand({ Bucket, Key: 'k', ...more }));
    await expect(put('k', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('none', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    expect(await (await get({ IfMatch: ETag })).Body?.transformToString()).toBe('one');
    await put('k', 'two', { IfMatch: ETag });
    expect(await (await get({ IfNoneMatch: ETag })).Body?.transformToString()).toBe('two');
  });

  it.each([
    ['bytes=2-3', 'cd', 'bytes 2-3/6'],
    ['bytes=4-', 'ef', 'bytes 4-5/6'],
    ['bytes=-2', 'ef', 'bytes 4-5/6'],
    ['bytes=2-100', 'cdef', 'bytes 2-5/6'],
  ])('reads the range %s', async (Range, text, range) => {
    await put('k', 'abcdef');
    const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range }));
    expect([await Body?.transformToString(), ContentRange]).toEqual([text, range]);
    const beyond = new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=6-' });
    await expect(client.send(beyond)).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('lists no keys when asked for none, and refuses keys that are too long', async () => {
    await put('k', 'x');
    const { IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(IsTruncated).toBe(false);
    await expect(client.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
    await expect(put('k'.repeat(1025), 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });

  it.each(['a..b', '192.168.1.1', 'xn--models', 'a.-b', 'models-s3alias', 'sthree-models'])(
    'makes no bucket of the name %s',
    async (name) => {
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await expect(
        client.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration })),
      ).rejects.toMatchObject({ name: 'InvalidBucketName' });
    },
  );

  it.each(['', 'eu-central-1'])('makes no bucket of the location "%s" in another region', async (location) => {
    // The SDK names the region of the client where its caller names none.
    const credential = `AKIALOCALAWS00000001/20260101/${REGION}/s3/aws4_request`;
    const response = await fetch(`${aws.url}/elsewhere`, {
      method: 'PUT',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
      body: `<CreateBucketConfiguration><LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('IllegalLocationConstraintException');
  });

  it.each<[string, object]>([
    ['AccessDenied', { ExpectedBucketOwner: '999999999999' }],
    ['InvalidArgument', { ServerSideEncryption: 'rot13' }],
    ['InvalidStorageClass', { StorageClass: 'COLD' }],
    ['MetadataTooLarge', { Metadata: { note: 'x'.repeat(2048) } }],
  ])('refuses an object with %s', async (name, more) => {
    await expect(put('refused', 'text', more)).rejects.toMatchObject({ name });
  });

  it('refuses copies, tokens of others and paths that it cannot decode', async () => {
    await put('k', 'x');
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` });
    await expect(client.send(copy)).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
    const list = new ListObjectsV2Command({ Bucket, ContinuationToken: 'garbage1' });
    await expect(client.send(list)).rejects.toMatchObject({ name: 'InvalidArgument' });
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIALOCALAWS00000001/20260101/${REGION}/s3/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${aws.url}/${Bucket}/%zz`, { headers: { authorization } });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('InvalidURI')]);
  });

  it('answers as S3 does for what is not there or in another region', async () => {
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await expect(client.send(new GetObjectCommand({ Bucket: 'none', Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
    const elsewhere = clientFor('us-east-1');
    await expect(elsewhere.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    elsewhere.destroy();
  });

  it('records calls and injects faults, also into an answer whose request took effect', async () => {
    aws.faults.inject({ kind: 'connection-reset', service: 's3', operation: 'PutObject', when: 'after', times: 1 });
    await expect(put('lost answer', 'text')).rejects.toThrow();
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'lost answer' }));
    expect(await found.Body?.transformToString()).toBe('text');
    expect(aws.calls.filter(({ service }) => service === 's3').map(({ operation }) => operation)).toEqual([
      'CreateBucket',
      'PutObject',
      'GetObject',
    ]);
  });
});
