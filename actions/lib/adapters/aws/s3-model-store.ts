import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { retrying } from '../../domain/errors/retry.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ModelStore } from '../../ports/model-store.ts';
import { awsClientSettings, usesPathStyle } from './clients.ts';
import { callAws, classifyAwsError, describeSdkError } from './errors.ts';

/** What the store works with. */
export interface S3ModelStoreOptions {
  readonly bucket: string;
  readonly region: string;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal | undefined;
}

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A bucket of Amazon S3, to which objects are only ever added. */
export function createS3ModelStore({ bucket, region, clock, signal }: S3ModelStoreOptions): ModelStore {
  const client = new S3Client({
    ...awsClientSettings(region),
    // It would warn of each answer to a stream that is not a success, such as the 412 that is expected below.
    logger: SILENT,
    forcePathStyle: usesPathStyle(),
  });
  const options = signal === undefined ? {} : { abortSignal: signal };
  return {
    bucket,
    list: async (prefix) =>
      await call('ListObjectsV2', bucket, prefix, async () => {
        const found: { path: string; sizeBytes: number }[] = [];
        for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }, options)) {
          for (const { Key = '', Size = 0 } of page.Contents ?? []) {
            found.push({ path: Key.slice(prefix.length), sizeBytes: Size });
          }
        }
        return found;
      }),
    sha256Of: async (key) =>
      await call('GetObject', bucket, key, async () => {
        const request = { Bucket: bucket, Key: key };
        const head = await client.send(new HeadObjectCommand({ ...request, ChecksumMode: 'ENABLED' }), options);
        // Of an object in parts it is the checksum of the parts' checksums: `…-3`.
        const kept = head.ChecksumSHA256;
        if (kept !== undefined && !kept.includes('-')) return Buffer.from(kept, 'base64').toString('hex');
        const { Body } = await client.send(new GetObjectCommand(request), options);
        const hash = createHash('sha256');
        if (Body instanceof Readable) await pipeline(Body, hash);
        return hash.digest('hex');
      }),
    putOnce: async (key, file, source) => {
      const put = async (): Promise<'written'> => {
        const request = {
          Bucket: bucket,
          Key: key,
          // The SDK can't send a stream a second time, so every attempt gets one of its own.
          Body: createReadStream(source),
          ContentLength: file.sizeBytes,
          ChecksumAlgorithm: 'SHA256',
          // S3 refuses what arrives with another content.
          ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
          // And never overwrites: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
          IfNoneMatch: '*',
        } as const;
        await client.send(new PutObjectCommand(request), options);
        return 'written';
      };
      return await call('PutObject', bucket, key, async () => {
        try {
          return await retrying(
            { ...RETRIES, sleep: async (wait) => await clock.sleep(wait, signal), isTransient },
            put,
          );
        } catch (error) {
          if (describeSdkError(error).status === 412) return 'exists';
          throw error;
        }
      });
    },
  };
}

const RETRIES = { attempts: 4, firstWaitMilliseconds: 500 };

function isTransient(error: unknown): boolean {
  const { name, message, status } = describeSdkError(error);
  // 409: another writer of the same key is not done yet.
  return status === 409 || ['throttled', 'unavailable'].includes(classifyAwsError(name, message, status));
}

async function call<Result>(
  operation: string,
  bucket: string,
  key: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return await callAws(operation, `s3://${bucket}/${key}`, work, {
    missing: 'Apply terraform/bootstrap in the account that holds the models, or correct the name of the bucket.',
    denied:
      'Give the role s3:PutObject and s3:GetObject on the objects of the bucket, and s3:ListBucket on the bucket.',
  });
}
