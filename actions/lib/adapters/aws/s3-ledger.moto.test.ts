import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startMoto, type Moto } from '@sagemaker-gitops/local-aws/testing';
import { describeWithTool } from '../../../../scripts/testing/tools.ts';
import {
  begunFact,
  itKeepsFacts,
  listKeys,
  openLedger,
  TEST_BUCKET,
  TEST_PREFIX,
  type LedgerBucket,
} from '../../testing/s3-ledger-cases.ts';
import { awsClientSettings } from './clients.ts';

const region = 'eu-west-1';
vi.setConfig({ hookTimeout: 60_000, testTimeout: 120_000 });

// moto looks for the key and writes it in two steps, so that it can't show which of two writers at once is first.
describeWithTool('moto', 'the ledger in S3 of moto', () => {
  let moto: Moto;
  let bucket: LedgerBucket;

  beforeAll(async () => {
    moto = await startMoto(region);
    for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
    const client = new S3Client({ region, forcePathStyle: true });
    await client.send(
      new CreateBucketCommand({ Bucket: TEST_BUCKET, CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    bucket = { settings: awsClientSettings(region), client };
  });
  afterEach(async () => {
    for (;;) {
      const names = await listKeys(bucket.client);
      if (names.length === 0) return;
      for (const name of names) {
        await bucket.client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: TEST_PREFIX + name }));
      }
    }
  });
  afterAll(async () => {
    bucket.client.destroy();
    vi.unstubAllEnvs();
    await moto.close();
  });

  itKeepsFacts(() => bucket);

  it('refuses a second object of the same name, as S3 does', async () => {
    const put = async (Body: string) =>
      await bucket.client.send(
        new PutObjectCommand({ Bucket: TEST_BUCKET, Key: `${TEST_PREFIX}00000001.json`, Body, IfNoneMatch: '*' }),
      );
    await put('first');
    await expect(put('second')).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  });

  it('asks S3 to write only where nothing is, with a checksum', async () => {
    const before = moto.calls.length;
    await openLedger(bucket.settings).append(begunFact('a'));
    const [put] = moto.calls.slice(before).filter(({ method }) => method === 'PUT');
    expect(put?.headers).toMatchObject({ 'if-none-match': '*', 'x-amz-checksum-sha256': expect.any(String) as string });
  });
});
