import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DescribeRepositoriesCommand, ECRClient, GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import {
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { parseState } from '../facts.ts';
import type { Checkout } from '../testing/checkout.ts';

/** Everything of an account and a checkout that a bootstrap makes, without ids and dates. */
export async function takeSnapshot(endpoint: string, checkout: Checkout, service: string): Promise<string> {
  const client = { endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const iam = new IAMClient(client);
  const ecr = new ECRClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });

  const { RoleDetailList = [], Policies = [] } = await iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'LocalManagedPolicy'] }),
  );
  const roles = RoleDetailList.map((role) => ({
    name: role.RoleName,
    trust: decode(role.AssumeRolePolicyDocument),
    policies: (role.RolePolicyList ?? []).map(({ PolicyName, PolicyDocument }) => [PolicyName, decode(PolicyDocument)]),
    attached: (role.AttachedManagedPolicies ?? []).map(({ PolicyArn }) => PolicyArn),
    tags: role.Tags,
  }));
  const policies = Policies.map(({ PolicyName, PolicyVersionList = [], DefaultVersionId }) => [
    PolicyName,
    decode(PolicyVersionList.find(({ VersionId }) => VersionId === DefaultVersionId)?.Document),
  ]);
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  const providers = await Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn }) => {
      const { ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }));
      return { Arn, ClientIDList };
    }),
  );
  const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
  const registry = await Promise.all(
    repositories.map(async ({ repositoryName, imageTagMutability }) => {
      const { policyText } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
      return { repositoryName, imageTagMutability, policy: decode(policyText) };
    }),
  );
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const buckets = await Promise.all(
    Buckets.map(async ({ Name: Bucket }) => {
      const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      const states = await Promise.all(
        Contents.filter(({ Key = '' }) => Key.endsWith('.bootstrap.tfstate')).map(async ({ Key = '' }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
          return parseState(Key, (await Body?.transformToString()) ?? '').addresses;
        }),
      );
      return { Bucket, TagSet, Status, keys: Contents.map(({ Key }) => Key), states };
    }),
  );
  const files = (await checkout.files()).filter((file) => !/^terraform\/.*\.(?:tf|hcl|md)$/.test(file));
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(path.join(checkout.root, file), 'utf8')]),
  );
  const account = { service, roles, policies, providers, registry, buckets, texts };
  return JSON.stringify(sortDeep(account), undefined, 1);
}

function decode(document: string | undefined): unknown {
  return document === undefined
    ? undefined
    : JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document);
}

/** A value with every list sorted: AWS gives roles, tags and the like in no order. */
function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) {
    const texts = value.map((each) => JSON.stringify(sortDeep(each) ?? null)).sort();
    return texts.map((text) => JSON.parse(text) as unknown);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sortDeep(each)]));
}
