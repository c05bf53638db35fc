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
import { classifyAwsError, describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
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

/** A version of an object, or a delete marker. */
export interface ObjectVersion {
  readonly key: string;
  readonly id: string | undefined;
  /** Whether it is what a read gets: a marker then makes S3 answer that there is no object. */
  readonly isLatest: boolean;
  readonly isMarker: boolean;
}

/** Each version and delete marker in a bucket, those of an object from the newest to the oldest. */
export async function listObjectVersions(clients: AccountClients, Bucket: string): Promise<readonly ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  // S3 lists 1,000 versions at a time.
  for (let at: Parameters<typeof listVersions>[2] | undefined = {}; at !== undefined;) {
    const page: ListObjectVersionsCommandOutput = await listVersions(clients, Bucket, at);
    const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = page;
    for (const [isMarker, versions] of [[false, Versions] as const, [true, DeleteMarkers] as const]) {
      found.push(
        ...versions.map(({ Key = '', VersionId: id, IsLatest }) => ({
          ...{ key: Key, id, isMarker },
          isLatest: IsLatest === true,
        })),
      );
    }
    at = page.IsTruncated === true ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : undefined;
  }
  return found;
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
    const { name, message, status } = describeSdkError(cause);
    throw new UserError({
      what: `${what} failed`,
      found: message.startsWith(name) ? message : `${name}: ${message}`,
      remedy: remedyFor(name, message, status),
      cause,
    });
  }
}

// The answers of IAM, S3, ECR and EC2 to a key that is unknown or wrong.
const UNKNOWN_KEY =
  /^(?:InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure|InvalidToken)$/;

function remedyFor(name: string, message: string, status: number | undefined): string {
  const again = 'run the command again; it continues from what is there.';
  const kind = classifyAwsError(name, message, status);
  if (kind === 'expired-credentials' || UNKNOWN_KEY.test(name)) {
    const profile = process.env['AWS_PROFILE'] ?? '';
    const option = profile === '' ? '' : ` --profile ${profile}`;
    return `Sign in again, for example with \`aws sso login${option}\`, and ${again}`;
  }
  if (kind === 'throttled' || kind === 'unavailable') return `Wait a minute and ${again}`;
  const permissions = 'It needs the permissions of terraform/bootstrap/administrator-policy.json.';
  return `Correct the cause and ${again}${kind === 'denied' ? ` ${permissions}` : ''}`;
}
