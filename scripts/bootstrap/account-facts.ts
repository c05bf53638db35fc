import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DescribeRepositoriesCommand, ListImagesCommand, ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  paginateListRoles,
  type Tag,
} from '@aws-sdk/client-iam';
import { GetBucketTaggingCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import {
  attempt,
  listObjectVersions,
  listVersions,
  orNull,
  readObject,
  versionsOf,
  type AccountClients,
  type ObjectVersion,
} from './aws-calls.ts';
import {
  modelBucketName,
  namedResources,
  OIDC_ISSUER,
  ownerOf,
  parseStateFile,
  providerArn,
  type BucketFact,
  type Facts,
  type HomeFacts,
  type NamedResource,
  type Owner,
  type ProviderFact,
} from './facts.ts';
import { readNetworks } from './network-facts.ts';
import { readRolePolicies, readSettings } from './setting-facts.ts';
import type { BootstrapSettings } from './settings.ts';
import { readLock } from './state-lock.ts';

/** What `--destroy` has to know beyond the facts. */
export interface Contents {
  /** Keys in the state bucket beside the bootstrap's own state: states, and facts of the ledger. */
  readonly stateKeys: readonly string[];
  /** Environments whose state still has resources, by the key of the state. */
  readonly liveStates: readonly string[];
  /** Environments whose state was deleted while it had resources: the key of the state, and its delete marker. */
  readonly deletedStates: readonly { readonly key: string; readonly marker: string }[];
  readonly hasImages: boolean;
  /** Roles that trust the account's OIDC provider and aren't of this service. */
  readonly otherTrusts: readonly string[];
  /** Another service of the account, by its plan role: it can own the OIDC provider. */
  readonly nextOwner: string | null;
}

/** Reads an account by its API, and changes nothing. */
export interface AccountReader {
  /** @throws UserError when the credentials are of another account. */
  checkCredentials(): Promise<void>;
  readHome(root: string): Promise<HomeFacts>;
  readFacts(settings: BootstrapSettings, home: HomeFacts): Promise<Facts>;
  /** The text of the state in the bucket; null where there is none. */
  readState(): Promise<string | null>;
  readContents(settings: BootstrapSettings, facts: Facts): Promise<Contents>;
}

export function createReader(clients: AccountClients): AccountReader {
  const { service, account, region, iam, ecr, s3, bucketName, key, lockKey } = clients;

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
    const isEmpty = versionsOf(await listVersions(clients, Bucket, { MaxKeys: 1 })).length === 0;
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
    const { Versions = [] } = await listVersions(clients, bucketName, { Prefix: key });
    const [newest] = Versions.filter(({ Key }) => Key === key).sort(
      (a, b) => (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0),
    );
    const text = newest?.VersionId === undefined ? null : await readObject(clients, key, newest.VersionId);
    return text === null ? null : { text, date: newest?.LastModified?.toISOString() ?? 'unknown date' };
  };

  const readRoleTags = async (RoleName: string) => (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Tags;

  const readOwner = async ({ kind, name, id }: NamedResource): Promise<Owner | null> => {
    const tags = async (): Promise<readonly Partial<Tag>[] | undefined> => {
      if (kind === 'role') return await readRoleTags(name);
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
    const arn = providerArn(clients);
    const found = await orNull(
      `GetOpenIDConnectProvider ${arn}`,
      ['NoSuchEntityException'],
      async () => await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    );
    if (found === null) return null;
    return { arn, audiences: found.ClientIDList ?? [], owner: ownerOf(tagMap(found.Tags), service) };
  };

  const listGithubRoles = async (): Promise<readonly string[]> =>
    await attempt('ListRoles', async () => {
      const names: string[] = [];
      for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
        for (const { RoleName = '', AssumeRolePolicyDocument = '' } of Roles) {
          if (decodeURIComponent(AssumeRolePolicyDocument).includes(OIDC_ISSUER)) names.push(RoleName);
        }
      }
      return names;
    });

  const findNextOwner = async (others: readonly string[]): Promise<string | null> => {
    for (const RoleName of others) {
      const other = /^(.+)-plan$/.exec(RoleName)?.[1];
      if (other === undefined) continue;
      // An administrator of one service may not read the roles of another.
      const tags = await orNull(`GetRole ${RoleName}`, ['AccessDenied'], async () => await readRoleTags(RoleName));
      if (ownerOf(tagMap(tags ?? undefined), other).kind === 'ours') return other;
    }
    return null;
  };

  return {
    checkCredentials: async () => {
      const sts = new STSClient({ region });
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
      const state = bucket.kind === 'there' ? await readObject(clients, key) : null;
      const file = path.join(root, 'terraform/bootstrap', `${account}-${service}.tfstate`);
      return {
        bucket,
        state,
        deletedState: bucket.kind === 'there' && state === null && !bucket.isEmpty ? await readDeletedState() : null,
        leftoverState: existsSync(file) ? { file, text: await readFile(file, 'utf8') } : null,
        lock: bucket.kind === 'there' ? await readLock(clients) : null,
      };
    },
    readFacts: async (wanted, home) => {
      const githubRoles = await listGithubRoles();
      const resources = namedResources(everSet(wanted, githubRoles), partitionOf(region));
      const owners = await Promise.all(
        resources.map(async (resource) => [resource.address, await readOwner(resource)] as const),
      );
      const named = Object.fromEntries(
        owners.flatMap(([address, owner]) => (owner === null ? [] : [[address, owner]])),
      );
      const ofWanted = namedResources(wanted, partitionOf(region));
      const isWanted = new Set(ofWanted.map(({ address }) => address));
      const roles = ofWanted.filter(({ kind, address }) => kind === 'role' && named[address] !== undefined);
      const models = await readBucket(modelBucketName(clients));
      const isOurs = (bucket: BucketFact): boolean => bucket.kind === 'there' && bucket.owner.kind === 'ours';
      return {
        ...{ ...home, named, githubRoles },
        models,
        networks: await readNetworks(clients),
        settings: await readSettings(clients, {
          hasStateBucket: isOurs(home.bucket) || home.state !== null,
          hasModelBucket: wanted.artifacts !== null && isOurs(models),
          hasRepository: wanted.artifacts !== null && named['aws_ecr_repository.service[0]']?.kind === 'ours',
        }),
        rolePolicies: await Promise.all(roles.map(async ({ name }) => await readRolePolicies(clients, name))),
        provider: await readProvider(),
        unwanted: resources.filter(
          ({ kind, address }) => kind !== 'repository' && !isWanted.has(address) && named[address]?.kind === 'ours',
        ),
      };
    },
    readState: async () => await readObject(clients, key),
    readContents: async (settings, { bucket, provider, named, unwanted, githubRoles }) => {
      const all = bucket.kind === 'there' ? await listObjectVersions(clients, bucketName) : [];
      const found = all.filter((each) => each.key !== key && each.key !== lockKey);
      // Terraform leaves old versions of states and locks. The bucket's policy keeps those of a fact too.
      const isCurrent = (each: ObjectVersion): boolean => each.isLatest && !each.isMarker;
      const kept = found.filter((each) => isCurrent(each) || !/\.(?:tfstate|tflock)$/.test(each.key));
      const stateKeys = [...new Set(kept.map((each) => each.key))];
      const isLive = async (state: string, version?: string): Promise<boolean> => {
        const text = await readObject(clients, state, version);
        return text !== null && hasResources(`s3://${bucketName}/${state}`, text);
      };
      const liveStates: string[] = [];
      for (const state of stateKeys) if (state.endsWith('.tfstate') && (await isLive(state))) liveStates.push(state);
      const deletedStates: Contents['deletedStates'][number][] = [];
      for (const { key: state, id: marker, isLatest, isMarker } of found) {
        if (!isMarker || !isLatest || marker === undefined || !state.endsWith('.tfstate')) continue;
        const version = found.find((each) => each.key === state && !each.isMarker)?.id;
        if (version !== undefined && (await isLive(state, version))) deletedStates.push({ key: state, marker });
      }
      const images =
        named['aws_ecr_repository.service[0]'] === undefined
          ? undefined
          : await attempt(
              `ListImages of ${service}`,
              async () => await ecr.send(new ListImagesCommand({ repositoryName: service, maxResults: 1 })),
            );
      const own = new Set([...namedResources(settings, partitionOf(region)), ...unwanted].map(({ name }) => name));
      const otherTrusts = githubRoles.filter((name) => !own.has(name));
      return {
        stateKeys,
        liveStates,
        deletedStates,
        hasImages: (images?.imageIds ?? []).length > 0,
        otherTrusts,
        nextOwner: provider?.owner.kind === 'ours' ? await findNextOwner(otherTrusts) : null,
      };
    },
  };
}

/** The settings with everything that earlier ones can have had, as far as roles that trust GitHub tell. */
function everSet(settings: BootstrapSettings, githubRoles: readonly string[]): BootstrapSettings {
  const prefix = `${settings.service}-`;
  const own = githubRoles.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const names = [
    ...Object.keys(settings.environments),
    ...own.flatMap((name) => /^(.+)-(?:apply|deploy|replay)$/.exec(name)?.[1] ?? []),
  ];
  const { region } = settings;
  return {
    ...settings,
    artifacts: { account_ids: [] },
    environments: Object.fromEntries(names.map((name) => [name, { region, replay: true }])),
  };
}

/** @throws UserError when it is not a Terraform state. */
function hasResources(path: string, text: string): boolean {
  return parseStateFile(path, text, resourcesSchema).resources.length > 0;
}

const resourcesSchema = z.looseObject({ resources: z.array(z.unknown()).default([]) });

function tagMap(tags: readonly Partial<Tag>[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
