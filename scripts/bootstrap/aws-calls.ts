import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { usesPathStyle } from '../../actions/lib/adapters/aws/clients.ts';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { STSClient } from '@aws-sdk/client-sts';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { stateKey } from './facts.ts';

/** A service in an account, and the region of its state and artifacts. */
export interface Place {
  readonly service: string;
  readonly account: string;
  readonly region: string;
}

/** The clients of an account, and the state bucket of a service. */
export interface AccountClients extends Place {
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly ecr: ECRClient;
  readonly s3: S3Client;
  readonly bucketName: string;
  /** The key of the bootstrap's own state. */
  readonly key: string;
  readonly lockKey: string;
  /** Parameters of each call on the state bucket: S3 refuses it where the bucket is of another account. */
  readonly owned: { readonly Bucket: string; readonly ExpectedBucketOwner: string };
}

export function openClients(place: Place): AccountClients {
  const { service, account, region } = place;
  const bucketName = stateBucketName(place);
  const key = stateKey(service);
  return {
    ...place,
    ec2: new EC2Client({ region }),
    iam: new IAMClient({ region }),
    ecr: new ECRClient({ region }),
    s3: new S3Client({
      region,
      followRegionRedirects: true,
      forcePathStyle: usesPathStyle(),
    }),
    ...{ bucketName, key, lockKey: `${key}.tflock`, owned: { Bucket: bucketName, ExpectedBucketOwner: account } },
  };
}

/** The region that the AWS CLI would use; undefined where none is set. */
export async function configuredRegion(): Promise<string | undefined> {
  return await new STSClient({}).config.region().catch(() => undefined);
}

/** The text of an object in the state bucket; null where there is none, or no bucket. */
export async function readObject(
  { s3, owned, bucketName }: AccountClients,
  Key: string,
  VersionId?: string,
): Promise<string | null> {
  return await orNull(`GetObject s3://${bucketName}/${Key}`, ['NoSuchKey', 'NoSuchBucket'], async () => {
    const { Body } = await s3.send(new GetObjectCommand({ ...owned, Key, VersionId }));
    return (await Body?.transformToString()) ?? '';
  });
}

export async function listVersions(
  { s3, account }: AccountClients,
  Bucket: string,
  more: Omit<ListObjectVersionsCommandInput, 'Bucket'> = {},
): Promise<ListObjectVersionsCommandOutput> {
  return await attempt(
    `ListObjectVersions of s3://${Bucket}`,
    async () => await s3.send(new ListObjectVersionsCommand({ Bucket, ExpectedBucketOwner: account, ...more })),
  );
}

/** The key of each version and delete marker in a bucket, and whether that version is what a read gets. */
export async function listKeys(
  clients: AccountClients,
  Bucket: string,
): Promise<readonly { readonly key: string; readonly isCurrent: boolean }[]> {
  const keys: { key: string; isCurrent: boolean }[] = [];
  // S3 lists 1,000 versions at a time.
  for (let at: Parameters<typeof listVersions>[2] | undefined = {}; at !== undefined;) {
    const page: ListObjectVersionsCommandOutput = await listVersions(clients, Bucket, at);
    const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = page;
    for (const { Key = '', IsLatest } of Versions) keys.push({ key: Key, isCurrent: IsLatest === true });
    for (const { Key = '' } of DeleteMarkers) keys.push({ key: Key, isCurrent: false });
    at = page.IsTruncated === true ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : undefined;
  }
  return keys;
}

export function versionsOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput) {
  return [...Versions, ...DeleteMarkers];
}

/** The result of a call, or null where AWS answers with one of these errors. */
export async function orNull<Result>(
  what: string,
  absent: readonly string[],
  call: () => Promise<Result>,
): Promise<Result | null> {
  return await attempt(what, async () => {
    try {
      return await call();
    } catch (error) {
      if (absent.includes(describeSdkError(error).name)) return null;
      throw error;
    }
  });
}

/** The result of a call. @throws UserError that names the call and what AWS answered. */
export async function attempt<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { name, message } = describeSdkError(cause);
    throw new UserError({
      what: `${what} failed`,
      found: message.startsWith(name) ? message : `${name}: ${message}`,
      remedy:
        'Correct the cause and run the command again; it continues from what is there. It needs the permissions of terraform/bootstrap/administrator-policy.json.',
      cause,
    });
  }
}
