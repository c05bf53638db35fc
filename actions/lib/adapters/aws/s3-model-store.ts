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
import type { ModelObjects, ModelStore } from '../../ports/model-store.ts';
import { awsClientSettings, usesPathStyle, type AwsClientSettings } from './clients.ts';
import { callAws, classifyAwsError, describeSdkError } from './errors.ts';
import { inLanes } from './in-lanes.ts';

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
      await call('ListObjectsV2', bucket, prefix, async () => await listObjects(client, bucket, prefix, options)),
    sha256Of: async (key) =>
      await call('GetObject', bucket, key, async () => {
        const request = { Bucket: bucket, Key: key };
        const kept = await keptSha256(client, request, options);
        if (kept !== undefined) return kept;
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

/** The objects of published models, in whichever bucket: their names, and the checksums that S3 keeps. */
export function createS3ModelObjects(settings: AwsClientSettings): ModelObjects {
  const client = new S3Client({ forcePathStyle: usesPathStyle(), ...settings });
  return {
    read: async (uri) => {
      const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
      const listed = await callAws(
        'ListObjectsV2',
        uri,
        async () => await listObjects(client, bucket, prefix),
        READ_REMEDIES,
      );
      return await inLanes(listed, async ({ path, sizeBytes }) => {
        const request = { Bucket: bucket, Key: `${prefix}${path}` };
        const sha256 = await callAws(
          'HeadObject',
          `${uri}${path}`,
          async () => await keptSha256(client, request),
          READ_REMEDIES,
        );
        return { path, sizeBytes, sha256 };
      });
    },
  };
}

const READ_REMEDIES = {
  missing: 'Correct the "uri" of the model in a new release, or publish the model there again.',
  denied:
    'Run `npm run bootstrap` for the account of the environment, then for the one that holds the models: it gives the deploy role what it needs. For another bucket give it s3:ListBucket, and s3:GetObject on the objects (kms:Decrypt where a key of KMS encrypts them).',
};

async function listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  options: { readonly abortSignal?: AbortSignal } = {},
): Promise<{ readonly path: string; readonly sizeBytes: number }[]> {
  const found: { path: string; sizeBytes: number }[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }, options)) {
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      found.push({ path: Key.slice(prefix.length), sizeBytes: Size });
    }
  }
  return found;
}

/** The SHA-256 of an object's whole content in hex, where S3 keeps it. */
async function keptSha256(
  client: S3Client,
  request: { readonly Bucket: string; readonly Key: string },
  options: { readonly abortSignal?: AbortSignal } = {},
): Promise<string | undefined> {
  const head = await client.send(new HeadObjectCommand({ ...request, ChecksumMode: 'ENABLED' }), options);
  const kept = head.ChecksumSHA256;
  // Of an object in parts it is the checksum of the parts' checksums, `…-3`; for SHA-256 S3 has no other kind there:
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  if (kept === undefined || kept.includes('-') || head.ChecksumType === 'COMPOSITE') return undefined;
  return Buffer.from(kept, 'base64').toString('hex');
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
