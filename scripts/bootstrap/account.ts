import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import {
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  ListImagesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
  paginateListRoles,
  type Tag,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type BucketLocationConstraint,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { partitionOf } from '../../actions/lib/domain/environment/roles.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import {
  modelBucketName,
  namedResources,
  OIDC_AUDIENCE,
  OIDC_ISSUER,
  ownerOf,
  stateBucketName,
  stateKey,
  type BucketFact,
  type Facts,
  type HomeFacts,
  type LockFact,
  type NamedResource,
  type Owner,
  type ProviderFact,
} from './facts.ts';
import type { BootstrapSettings } from './settings.ts';

/** A service in an account, with the region to ask and to make things in. */
export interface Place {
  readonly service: string;
  readonly account: string;
  readonly region: string;
}

/** What `--destroy` has to know beyond the facts. */
export interface Contents {
  /** Keys in the state bucket beside the bootstrap's own state. */
  readonly stateKeys: readonly string[];
  /** Environments whose state still has resources, by the key of the state. */
  readonly liveStates: readonly string[];
  readonly hasImages: boolean;
  /** Roles that trust the account's OIDC provider and aren't of this service. */
  readonly otherTrusts: readonly string[];
}

/** An AWS account by its API. Reading changes nothing; each change may be made again. */
export interface Account {
  /** @throws UserError when the credentials are of another account. */
  checkCredentials(): Promise<void>;
  readHome(root: string): Promise<HomeFacts>;
  readFacts(settings: BootstrapSettings, home: HomeFacts): Promise<Facts>;
  readContents(facts: Facts): Promise<Contents>;
  makeStateBucket(): Promise<void>;
  putState(text: string): Promise<void>;
  addAudience(providerArn: string): Promise<void>;
  deleteBucket(bucket: string): Promise<void>;
  deleteRepository(name: string): Promise<void>;
  deleteProvider(arn: string): Promise<void>;
  /**
   * Locks the state for this process, as Terraform would.
   *
   * @returns what releases the lock
   * @throws UserError when somebody else holds it.
   */
  lock(held: LockFact | null): Promise<() => Promise<void>>;
}

const lockSchema = z.looseObject({ ID: z.string(), Who: z.string(), Created: z.string(), Info: z.string() });

export function openAccount(place: Place): Account {
  const { service, account, region } = place;
  // A fault that may pass is tried again by the SDK; everything else ends the step.
  const settings = { region };
  const iam = new IAMClient(settings);
  const ecr = new ECRClient(settings);
  const s3 = new S3Client({
    ...settings,
    followRegionRedirects: true,
    // Behind an address without subdomains the bucket is a part of the path.
    forcePathStyle: (process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']) !== undefined,
  });
  const bucketName = stateBucketName(place);
  const key = stateKey(service);
  const lockKey = `${key}.tflock`;
  const owned = { Bucket: bucketName, ExpectedBucketOwner: account };

  const readText = async (Key: string, VersionId?: string): Promise<string | null> =>
    await orNull(`GetObject s3://${bucketName}/${Key}`, ['NoSuchKey'], async () => {
      const { Body } = await s3.send(new GetObjectCommand({ ...owned, Key, VersionId }));
      return (await Body?.transformToString()) ?? '';
    });

  const listVersions = async (Bucket: string, more: { Prefix?: string; MaxKeys?: number } = {}) =>
    await attempt(
      `ListObjectVersions of s3://${Bucket}`,
      async () => await s3.send(new ListObjectVersionsCommand({ Bucket, ExpectedBucketOwner: account, ...more })),
    );

  const readBucket = async (Bucket: string): Promise<BucketFact> => {
    const head = await orNull(`HeadBucket ${Bucket}`, ['NotFound', 'NoSuchBucket'], async () => {
      try {
        return await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: account }));
      } catch (error) {
        if (describeSdkError(error).status === 403) return 'denied' as const;
        throw error;
      }
    });
    if (head === null) return { kind: 'missing' };
    if (head === 'denied') return { kind: 'denied' };
    const tagging = await orNull(
      `GetBucketTagging of ${Bucket}`,
      ['NoSuchTagSet'],
      async () => await s3.send(new GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: account })),
    );
    const isEmpty = versionsOf(await listVersions(Bucket, { MaxKeys: 1 })).length === 0;
    const owner = ownerOf(tagMap(tagging?.TagSet), service);
    // A run that was killed between making and tagging a bucket leaves an empty one without tags.
    const isUnfinished = isEmpty && tagging === null;
    return {
      kind: 'there',
      region: head.BucketRegion ?? region,
      isEmpty,
      owner: isUnfinished ? { kind: 'ours' } : owner,
    };
  };

  const readDeletedState = async (): Promise<HomeFacts['deletedState']> => {
    const { Versions = [] } = await listVersions(bucketName, { Prefix: key });
    const [newest] = Versions.filter(({ Key }) => Key === key).sort(
      (a, b) => (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0),
    );
    const text = newest?.VersionId === undefined ? null : await readText(key, newest.VersionId);
    return text === null ? null : { text, date: newest?.LastModified?.toISOString() ?? 'unknown date' };
  };

  const readLock = async (): Promise<LockFact | null> => {
    const text = await readText(lockKey);
    if (text === null) return null;
    const { ID, Who, Created, Info } = lockSchema.parse(JSON.parse(text));
    return { id: ID, who: Who, created: Created, info: Info };
  };

  const readOwner = async ({ kind, name, id }: NamedResource): Promise<Owner | null> => {
    const tags = async (): Promise<readonly Partial<Tag>[] | undefined> => {
      if (kind === 'role') return (await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.Tags;
      if (kind === 'policy') return (await iam.send(new GetPolicyCommand({ PolicyArn: id }))).Policy?.Tags;
      const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
      const resourceArn = repositories?.[0]?.repositoryArn;
      return (await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    };
    const absent = ['NoSuchEntityException', 'RepositoryNotFoundException'];
    const found = await orNull(`Reading the ${kind} ${name}`, absent, async () => ({ tags: await tags() }));
    return found === null ? null : ownerOf(tagMap(found.tags), service);
  };

  const readProvider = async (): Promise<ProviderFact | null> => {
    const arn = `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${OIDC_ISSUER}`;
    const found = await orNull(
      `GetOpenIDConnectProvider ${arn}`,
      ['NoSuchEntityException'],
      async () => await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    );
    if (found === null) return null;
    return { arn, audiences: found.ClientIDList ?? [], owner: ownerOf(tagMap(found.Tags), service) };
  };

  /** Deletes every version of an object, or of all objects. */
  const emptyBucket = async (Bucket: string): Promise<void> => {
    for (;;) {
      const versions = versionsOf(await listVersions(Bucket));
      if (versions.length === 0) return;
      for (const { Key, VersionId } of versions) {
        await attempt(
          `DeleteObject s3://${Bucket}/${Key ?? ''}`,
          async () => await s3.send(new DeleteObjectCommand({ Bucket, ExpectedBucketOwner: account, Key, VersionId })),
        );
      }
    }
  };

  return {
    checkCredentials: async () => {
      const sts = new STSClient(settings);
      const { Account: found = 'none' } = await attempt(
        'GetCallerIdentity',
        async () => await sts.send(new GetCallerIdentityCommand({})),
      );
      if (found === account) return;
      throw new UserError({
        what: 'The credentials are of another account',
        expected: `credentials of account ${account}`,
        found: `credentials of account ${found}`,
        remedy: 'Sign in to the account, for example with `aws sso login`, or name another one with --account.',
      });
    },
    readHome: async (root) => {
      const bucket = await readBucket(bucketName);
      const state = bucket.kind === 'there' ? await readText(key) : null;
      const file = path.join(root, 'terraform/bootstrap', `${account}-${service}.tfstate`);
      return {
        bucket,
        state,
        deletedState: bucket.kind === 'there' && state === null && !bucket.isEmpty ? await readDeletedState() : null,
        leftoverState: existsSync(file) ? { file, text: await readFile(file, 'utf8') } : null,
        lock: bucket.kind === 'there' ? await readLock() : null,
      };
    },
    readFacts: async (wanted, home) => {
      const resources = namedResources(wanted, partitionOf(region));
      const owners = await Promise.all(
        resources.map(async (resource) => [resource.address, await readOwner(resource)] as const),
      );
      return {
        ...home,
        models: wanted.artifacts === null ? { kind: 'missing' } : await readBucket(modelBucketName(place)),
        provider: await readProvider(),
        named: Object.fromEntries(owners.flatMap(([address, owner]) => (owner === null ? [] : [[address, owner]]))),
      };
    },
    readContents: async ({ bucket, provider, named }) => {
      const versions = bucket.kind === 'there' ? await listVersions(bucketName) : undefined;
      const current = (versions?.Versions ?? []).flatMap(({ Key, IsLatest }) =>
        IsLatest === true && Key !== undefined && Key !== key && Key !== lockKey ? [Key] : [],
      );
      const states = current.filter((each) => each.endsWith('.tfstate'));
      const texts = await Promise.all(states.map(async (each) => [each, await readText(each)] as const));
      const images =
        named['aws_ecr_repository.service[0]'] === undefined
          ? undefined
          : await attempt(
              `ListImages of ${service}`,
              async () => await ecr.send(new ListImagesCommand({ repositoryName: service, maxResults: 1 })),
            );
      const otherTrusts: string[] = [];
      if (provider !== null) {
        await attempt('ListRoles', async () => {
          for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
            for (const { RoleName = '', AssumeRolePolicyDocument = '' } of Roles) {
              const trusts = decodeURIComponent(AssumeRolePolicyDocument).includes(OIDC_ISSUER);
              if (trusts && !RoleName.startsWith(`${service}-`)) otherTrusts.push(RoleName);
            }
          }
        });
      }
      return {
        stateKeys: current,
        liveStates: texts.flatMap(([name, text]) => (text !== null && hasResources(text) ? [name] : [])),
        hasImages: (images?.imageIds ?? []).length > 0,
        otherTrusts,
      };
    },
    makeStateBucket: async () => {
      await attempt(`CreateBucket ${bucketName}`, async () => {
        try {
          await s3.send(
            new CreateBucketCommand({
              Bucket: bucketName,
              // us-east-1 is the one region that may not be named:
              // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
              ...(region === 'us-east-1'
                ? {}
                : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
            }),
          );
        } catch (error) {
          if (describeSdkError(error).name !== 'BucketAlreadyOwnedByYou') throw error;
        }
      });
      const TagSet = Object.entries({ Service: service, ManagedBy: 'terraform' }).map(([Key, Value]) => ({
        Key,
        Value,
      }));
      await attempt(
        `PutBucketTagging of ${bucketName}`,
        async () => await s3.send(new PutBucketTaggingCommand({ ...owned, Tagging: { TagSet } })),
      );
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await attempt(
        `PutBucketVersioning of ${bucketName}`,
        async () => await s3.send(new PutBucketVersioningCommand({ ...owned, VersioningConfiguration })),
      );
    },
    putState: async (text) => {
      await attempt(
        `PutObject s3://${bucketName}/${key}`,
        async () =>
          await s3.send(new PutObjectCommand({ ...owned, Key: key, Body: text, ServerSideEncryption: 'AES256' })),
      );
    },
    addAudience: async (arn) => {
      await attempt(
        `AddClientIDToOpenIDConnectProvider ${arn}`,
        async () =>
          await iam.send(
            new AddClientIDToOpenIDConnectProviderCommand({
              OpenIDConnectProviderArn: arn,
              ClientID: OIDC_AUDIENCE,
            }),
          ),
      );
    },
    deleteBucket: async (Bucket) => {
      await orNull(`DeleteBucket ${Bucket}`, ['NoSuchBucket'], async () => {
        await emptyBucket(Bucket);
        await s3.send(new DeleteBucketCommand({ Bucket, ExpectedBucketOwner: account }));
      });
    },
    deleteRepository: async (repositoryName) => {
      // Without `force`, so that ECR refuses while there is an image.
      await orNull(
        `DeleteRepository ${repositoryName}`,
        ['RepositoryNotFoundException'],
        async () => await ecr.send(new DeleteRepositoryCommand({ repositoryName })),
      );
    },
    deleteProvider: async (arn) => {
      await orNull(
        `DeleteOpenIDConnectProvider ${arn}`,
        ['NoSuchEntityException'],
        async () => await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
      );
    },
    lock: async (held) => {
      if (held !== null) {
        if (!isOfDeadProcess(held)) throw locked(held, `s3://${bucketName}/${lockKey}`);
        await attempt(
          `DeleteObject s3://${bucketName}/${lockKey}`,
          async () => await s3.send(new DeleteObjectCommand({ ...owned, Key: lockKey })),
        );
      }
      const ID = randomUUID();
      // Terraform's own format, so that a `terraform apply` by hand respects it.
      const Body = JSON.stringify({
        ...{ ID, Operation: 'OperationTypeApply', Info: lockInfo(process.pid) },
        ...{ Who: `${userInfo().username}@${hostname()}`, Version: '1.11.0' },
        ...{ Created: new Date().toISOString(), Path: `${bucketName}/${key}` },
      });
      // Without the bucket there is no state to lock: --destroy has deleted it before.
      await orNull(`PutObject s3://${bucketName}/${lockKey}`, ['NoSuchBucket'], async () => {
        try {
          await s3.send(new PutObjectCommand({ ...owned, Key: lockKey, Body, IfNoneMatch: '*' }));
        } catch (error) {
          const holder = describeSdkError(error).status === 412 ? await readLock() : null;
          if (holder !== null) throw locked(holder, `s3://${bucketName}/${lockKey}`);
          throw error;
        }
      });
      return async () => {
        await orNull(
          `DeleteObject s3://${bucketName}/${lockKey}`,
          ['NoSuchBucket'],
          async () => await s3.send(new DeleteObjectCommand({ ...owned, Key: lockKey })),
        );
      };
    },
  };
}

function lockInfo(pid: number): string {
  return `npm run bootstrap, process ${String(pid)} on ${hostname()}`;
}

/** Whether a lock is of a bootstrap on this machine that has ended without releasing it. */
function isOfDeadProcess({ info }: LockFact): boolean {
  const pid = Number(/^npm run bootstrap, process (\d+) on /.exec(info)?.[1]);
  if (!Number.isInteger(pid) || info !== lockInfo(pid)) return false;
  try {
    // Signal 0 only checks that the process exists.
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

function locked({ id, who, created, info }: LockFact, where: string): UserError {
  return new UserError({
    what: 'The state is locked',
    where,
    expected: 'no lock',
    found: `lock ${id} of ${who} since ${created}${info === '' ? '' : ` (${info})`}`,
    remedy: 'Wait until that run has ended. If it was killed, delete the object, then run the command again.',
  });
}

function versionsOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput) {
  return [...Versions, ...DeleteMarkers];
}

function hasResources(state: string): boolean {
  return z.looseObject({ resources: z.array(z.unknown()).default([]) }).parse(JSON.parse(state)).resources.length > 0;
}

function tagMap(tags: readonly Partial<Tag>[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The result of a call, or null where AWS answers with one of these errors. */
async function orNull<Result>(
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

async function attempt<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
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
