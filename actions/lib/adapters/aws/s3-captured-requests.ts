import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { CapturedObject, CapturedRequests } from '../../ports/captured-requests.ts';
import { usesPathStyle, type AwsClientSettings } from './clients.ts';
import { callAws } from './errors.ts';

const REMEDIES = {
  missing: 'Deploy the environment: Terraform makes its capture bucket.',
  denied: 'Run `npm run bootstrap` for the account: it makes the role that reads captured requests.',
};

/** The objects of a capture bucket. */
export function createS3CapturedRequests(settings: AwsClientSettings, bucket: string): CapturedRequests {
  const client = new S3Client({ forcePathStyle: usesPathStyle(), ...settings });
  return {
    list: async (folder) =>
      await callAws(
        'ListObjectsV2',
        `s3://${bucket}/${folder}`,
        async () => {
          const found: CapturedObject[] = [];
          for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folder })) {
            for (const { Key: key = '', Size: bytes = 0 } of page.Contents ?? []) {
              if (key.endsWith('.jsonl')) found.push({ key, bytes });
            }
          }
          // Names start with the minute.
          return found.sort((a, b) => (a.key < b.key ? 1 : -1));
        },
        REMEDIES,
      ),
    read: async (key) =>
      await callAws(
        'GetObject',
        `s3://${bucket}/${key}`,
        async () => {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          return (await Body?.transformToString()) ?? '';
        },
        REMEDIES,
      ),
  };
}
