import { Readable } from 'node:stream';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, it, vi } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { createReader, type Contents } from './account-facts.ts';
import { attempt, listObjectVersions, openClients } from './aws-calls.ts';
import type { Facts } from './facts.ts';
import { makeSettings } from './settings.ts';

// A ledger comes before the states in the listing, and can fill its first page.
const PAGES: Readonly<Record<string, string>> = {
  '': `<IsTruncated>true</IsTruncated>
    <NextKeyMarker>ledger/scoring/trial/00000001.json</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
    <Version><Key>ledger/scoring/trial/00000001.json</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest></Version>
    <DeleteMarker><Key>ledger/scoring/trial/00000001.json</Key><IsLatest>true</IsLatest></DeleteMarker>`,
  'ledger/scoring/trial/00000001.json v1': `<IsTruncated>false</IsTruncated>
    <Version><Key>scoring/trial/terraform.tfstate</Key><IsLatest>true</IsLatest></Version>`,
};

it('lists every page of a bucket, and tells which version is the latest', async () => {
  const { service, account, region } = VALID_ENVIRONMENT;
  const s3 = new S3Client({
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      handle: async ({ query = {} }: { readonly query?: Readonly<Record<string, string>> }) => {
        const at = [query['key-marker'], query['version-id-marker']].filter((each) => each !== undefined).join(' ');
        const text = `<ListVersionsResult>${PAGES[at] ?? expect.fail(`no page after ${at}`)}</ListVersionsResult>`;
        return await Promise.resolve({ response: { statusCode: 200, headers: {}, body: Readable.from([text]) } });
      },
    },
  });
  expect(await listObjectVersions({ ...openClients({ service, account, region }), s3 }, 'state')).toEqual([
    { key: 'ledger/scoring/trial/00000001.json', id: 'v1', isMarker: false, isLatest: false },
    { key: 'ledger/scoring/trial/00000001.json', id: undefined, isMarker: true, isLatest: true },
    { key: 'scoring/trial/terraform.tfstate', id: undefined, isMarker: false, isLatest: true },
  ]);
});

const TRIAL = 'scoring/trial/terraform.tfstate';
const NOWHERE = { kind: 'missing' } as const;
const FACTS: Facts = {
  ...{ bucket: NOWHERE, models: NOWHERE, state: null, deletedState: null, leftoverState: null, lock: null },
  ...{ provider: null, named: {}, networks: [], settings: [], rolePolicies: [], unwanted: [], githubRoles: [] },
};

/** What a removal finds in a state bucket with two versions and a delete marker of one state. */
async function contentsWith(isDeleted: boolean, texts: Readonly<Record<string, string>>): Promise<Contents> {
  const place = { service: 'scoring', account: '210987654321', region: 'eu-west-1' };
  const marker = isDeleted
    ? `<DeleteMarker><Key>${TRIAL}</Key><VersionId>v3</VersionId><IsLatest>true</IsLatest></DeleteMarker>`
    : '';
  const list = `<ListVersionsResult>${marker}
    <Version><Key>${TRIAL}</Key><VersionId>v2</VersionId><IsLatest>${String(!isDeleted)}</IsLatest></Version>
    <Version><Key>${TRIAL}</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest></Version></ListVersionsResult>`;
  const s3 = new S3Client({
    region: place.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      handle: async ({ query = {} }: { readonly query?: Readonly<Record<string, string>> }) => {
        const text = 'versions' in query ? list : (texts[query['versionId'] ?? 'v2'] ?? expect.fail('no such version'));
        return await Promise.resolve({ response: { statusCode: 200, headers: {}, body: Readable.from([text]) } });
      },
    },
  });
  const bucket = { kind: 'there', region: place.region, isEmpty: false, owner: { kind: 'ours' } } as const;
  const settings = makeSettings([{ ...VALID_ENVIRONMENT, name: 'trial' }], place, { github: 'acme/models' }, []);
  return await createReader({ ...openClients(place), s3 }).readContents(settings, { ...FACTS, bucket });
}

it.each([
  ['has resources', false, { v2: '{"resources":[{}]}' }, [TRIAL], []],
  ['has none', false, { v2: '{"resources":[]}' }, [], []],
  ['was deleted with resources', true, { v2: '{"resources":[{}]}' }, [], [{ key: TRIAL, marker: 'v3' }]],
  ['was deleted without resources', true, { v2: '{"resources":[]}' }, [], []],
])('finds a state that %s', async (_, isDeleted, texts, liveStates, deletedStates) => {
  expect(await contentsWith(isDeleted, texts)).toMatchObject({ liveStates, deletedStates });
});

it.each(['', '{', '[]'])('names the object of a state that is %j', async (text) => {
  await expect(contentsWith(false, { v2: text })).rejects.toThrow(
    `s3://scoring-210987654321-state/${TRIAL}\n  expected: a state as Terraform writes it`,
  );
});

it('quotes nothing of a state that cannot be read', async () => {
  await expect(contentsWith(false, { v2: 'hunter22' })).rejects.toThrow('found:    8 characters that are none');
});

it('finds no next owner of the OIDC provider where it may not read the roles of other services', async () => {
  const { service, account, region } = VALID_ENVIRONMENT;
  const place = { service, account, region };
  const text = '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>';
  const iam = new IAMClient({
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      handle: async () =>
        await Promise.resolve({ response: { statusCode: 403, headers: {}, body: Readable.from([text]) } }),
    },
  });
  const settings = makeSettings([{ ...VALID_ENVIRONMENT, name: 'trial' }], place, { github: 'acme/models' }, []);
  const { nextOwner, otherTrusts } = await createReader({ ...openClients(place), iam }).readContents(settings, {
    ...FACTS,
    provider: { arn: 'arn:p', audiences: [], owner: { kind: 'ours' } },
    githubRoles: ['scoring-plan', 'labelling-plan'],
  });
  expect([nextOwner, otherTrusts]).toEqual([null, ['labelling-plan']]);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([
  ['CredentialsProviderError', undefined, '', 'Sign in again, for example with `aws sso login`, and'],
  ['ExpiredTokenException', 400, 'ml', 'Sign in again, for example with `aws sso login --profile ml`, and'],
  ['InvalidClientTokenId', 403, '', 'Sign in again'],
  ['Throttling', 400, '', 'Wait a minute and run the command again'],
  ['AccessDenied', 403, '', 'administrator-policy.json'],
  ['MalformedPolicyDocument', 400, '', 'continues from what is there.'],
])('names the remedy for %s', async (name, httpStatusCode, profile, remedy) => {
  vi.stubEnv('AWS_PROFILE', profile);
  const error = Object.assign(new Error('of a test'), { name, $metadata: { httpStatusCode } });
  const call = attempt('ListRoles', async () => await Promise.reject(error));
  await expect(call).rejects.toThrow('ListRoles failed');
  await expect(call).rejects.toThrow(remedy);
});
